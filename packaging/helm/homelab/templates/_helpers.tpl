{{- define "homelab.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "homelab.aggregator" -}}
{{- printf "%s-aggregator" (include "homelab.fullname" .) -}}
{{- end -}}

{{- define "homelab.lease" -}}
{{- printf "%s-leader" (include "homelab.fullname" .) -}}
{{- end -}}

{{- define "homelab.serviceAccount" -}}
{{- default (include "homelab.aggregator" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* What never changes for an object: { root, component } */}}
{{- define "homelab.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* { root, component } */}}
{{- define "homelab.labels" -}}
{{ include "homelab.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: homelab
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* { root, image } */}}
{{- define "homelab.image" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "homelab.scheme" -}}
{{- if .Values.tls.insecure }}http{{ else }}https{{ end -}}
{{- end -}}

{{/* Whether two replicas elect a leader; empty for no. */}}
{{- define "homelab.elects" -}}
{{- if gt (int .Values.aggregator.replicas) 1 }}true{{ end -}}
{{- end -}}

{{/* Whether the aggregator talks to this cluster's API server; empty for no. */}}
{{- define "homelab.talksToCluster" -}}
{{- with .Values.config.aggregator.kubernetes }}{{ if and .enabled .inCluster }}true{{ end }}{{ end -}}
{{- end -}}

{{- define "homelab.prefix" -}}
{{- with .Values.config.aggregator.kubernetes }}{{ default "power.homelab" .prefix }}{{ else }}power.homelab{{ end -}}
{{- end -}}

{{/* Combinations that would leave a node unheld or a wire open. */}}
{{- define "homelab.check" -}}
{{- if and .Values.tls.insecure .Values.agent.enforce.enabled -}}
{{- fail "agent.enforce.enabled needs TLS: over plain text anybody on the pod network can set caps. Leave tls.insecure false and create the Secrets (README: Certificates)" -}}
{{- end -}}
{{- if and .Values.agent.devices.enabled (not .Values.agent.devices.fromPlugin) (not .Values.agent.devices.privileged) -}}
{{- fail "agent.devices.enabled gives no device yet: name what a device plugin offers (agent.devices.fromPlugin), or set agent.devices.privileged. A hostPath to a device node can not be opened: the device cgroup forbids it" -}}
{{- end -}}
{{- with .Values.aggregator.externalAgents -}}
{{- if and .enabled $.Values.tls.insecure -}}
{{- fail "aggregator.externalAgents.enabled needs TLS: agents outside of the cluster would be believed whoever they are" -}}
{{- end -}}
{{- if and .enabled $.Values.networkPolicy.enabled (not .from) -}}
{{- fail "aggregator.externalAgents.from is empty: name the machines' network, e.g. [{ ipBlock: { cidr: 192.168.1.0/24 } }]" -}}
{{- end -}}
{{- end -}}
{{- if not .Values.tls.insecure -}}
{{- $_ := required "tls.aggregatorSecret names the Secret with ca.crt, tls.crt and tls.key; or say tls.insecure: true on a network you trust" .Values.tls.aggregatorSecret -}}
{{- $_ := required "tls.agentSecret names the Secret with ca.crt, tls.crt and tls.key; or say tls.insecure: true on a network you trust" .Values.tls.agentSecret -}}
{{- end -}}
{{- if and (include "homelab.elects" .) (not (include "homelab.talksToCluster" .)) -}}
{{- fail "aggregator.replicas: 2 elects its leader with a Lease: set config.aggregator.kubernetes.enabled and .inCluster" -}}
{{- end -}}
{{- end -}}
