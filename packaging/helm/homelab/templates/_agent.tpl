{{/* agent, agent-enforce, agent-nvidia, agent-nvidia-enforce… { flavour, enforces } */}}
{{- define "homelab.agent.component" -}}
agent{{ if ne .flavour "plain" }}-{{ .flavour }}{{ end }}{{ if .enforces }}-enforce{{ end }}
{{- end -}}

{{/* Exactly one agent a node: each DaemonSet excludes the nodes of the others. { root, flavour, enforces } */}}
{{- define "homelab.agent.nodes" -}}
{{- $agent := .root.Values.agent -}}
- key: kubernetes.io/os
  operator: In
  values: [linux]
{{- if $agent.enforce.enabled }}
- key: {{ $agent.enforce.nodeLabel }}
  operator: {{ if .enforces }}In{{ else }}NotIn{{ end }}
  values: ["true"]
{{- end }}
{{- if $agent.nvidia.enabled }}
- key: {{ $agent.nvidia.nodeLabel }}
  operator: {{ if eq .flavour "nvidia" }}In{{ else }}NotIn{{ end }}
  values: ["true"]
{{- end }}
{{- if and $agent.devices.enabled (ne .flavour "nvidia") }}
- key: {{ $agent.devices.nodeLabel }}
  operator: {{ if eq .flavour "devices" }}In{{ else }}NotIn{{ end }}
  values: ["true"]
{{- end }}
{{- if and $agent.rpi.enabled (ne .flavour "nvidia") (ne .flavour "devices") }}
- key: {{ $agent.rpi.nodeLabel }}
  operator: {{ if eq .flavour "rpi" }}In{{ else }}NotIn{{ end }}
  values: ["true"]
{{- end }}
{{- end -}}

{{/* { root, flavour, enforces } */}}
{{- define "homelab.agent.security" -}}
{{- $agent := .root.Values.agent -}}
{{- if or (and .enforces $agent.enforce.privileged) (and (eq .flavour "devices") $agent.devices.privileged) -}}
privileged: true
runAsUser: 0
readOnlyRootFilesystem: true
{{- else -}}
{{- $setsCards := and .enforces (eq .flavour "nvidia") -}}
# The owner of energy_uj (0400) and of the limits (0644) is root: user 0 without a single capability reads the one and writes the others.
runAsUser: 0
runAsGroup: 0
privileged: false
{{- if $setsCards }}
# The driver takes a new power limit only from CAP_SYS_ADMIN, and with that the escalation flag can not be off.
allowPrivilegeEscalation: true
{{- else }}
allowPrivilegeEscalation: false
{{- end }}
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  {{- if $setsCards }}
  add: [SYS_ADMIN]
  {{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}
{{- end -}}

{{/* { root, flavour, enforces } */}}
{{- define "homelab.agent" -}}
{{- $root := .root -}}
{{- $agent := $root.Values.agent -}}
{{- $name := include "homelab.fullname" $root -}}
{{- $component := include "homelab.agent.component" . -}}
{{- $scope := dict "root" $root "component" $component -}}
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ $name }}-{{ $component }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "homelab.labels" $scope | nindent 4 }}
spec:
  selector:
    matchLabels:
      {{- include "homelab.selector" $scope | nindent 6 }}
  updateStrategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: {{ $agent.maxUnavailable }}
  template:
    metadata:
      labels:
        {{- include "homelab.labels" $scope | nindent 8 }}
      annotations:
        homelab/config-checksum: {{ toYaml $root.Values.config.agent | sha256sum }}
        {{- with $agent.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ $name }}-agent
      automountServiceAccountToken: false
      enableServiceLinks: false
      hostNetwork: false
      hostPID: false
      hostIPC: false
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if eq .flavour "nvidia" }}
      runtimeClassName: {{ $agent.nvidia.runtimeClassName }}
      {{- end }}
      {{- with $agent.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      # It bounds its own stop at 5 s.
      terminationGracePeriodSeconds: 10
      containers:
        - name: agent
          image: {{ include "homelab.image" (dict "root" $root "image" $agent.image) | quote }}
          imagePullPolicy: {{ $agent.image.pullPolicy }}
          args: [run, --config, /etc/homelab/agent.yaml]
          env:
            - name: NODE_NAME
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
            - name: HOMELAB_AGGREGATOR
              value: {{ printf "%s://%s-agents.%s.svc:8766" (include "homelab.scheme" $root) (include "homelab.aggregator" $root) $root.Release.Namespace }}
            # TLS looks for a home folder.
            - name: HOME
              value: /tmp
            {{- if $root.Values.tls.insecure }}
            - name: HOMELAB_INSECURE
              value: "true"
            {{- else }}
            - name: HOMELAB_TLS__CA
              value: /etc/homelab/tls/ca.crt
            - name: HOMELAB_TLS__CERTIFICATE
              value: /etc/homelab/tls/tls.crt
            - name: HOMELAB_TLS__KEY
              value: /etc/homelab/tls/tls.key
            {{- end }}
            {{- if eq .flavour "nvidia" }}
            # Every card, and no claim on one: asking for nvidia.com/gpu would take it from the work.
            - name: NVIDIA_VISIBLE_DEVICES
              value: all
            - name: NVIDIA_DRIVER_CAPABILITIES
              value: utility
            {{- end }}
            {{- if .enforces }}
            - name: HOMELAB_ENFORCE__ENABLED
              value: "true"
            - name: HOMELAB_STATE__PATH
              value: /var/lib/homelab-agent
            {{- end }}
          resources:
            {{- if and (eq .flavour "devices") $agent.devices.fromPlugin }}
            {{- with $agent.resources.requests }}
            requests:
              {{- toYaml . | nindent 14 }}
            {{- end }}
            # The plugin puts the device's node into the container and lets the device cgroup open it: no capability, no privilege.
            limits:
              {{- with $agent.resources.limits }}
              {{- toYaml . | nindent 14 }}
              {{- end }}
              {{- toYaml $agent.devices.fromPlugin | nindent 14 }}
            {{- else }}
            {{- toYaml $agent.resources | nindent 12 }}
            {{- end }}
          securityContext:
            {{- include "homelab.agent.security" . | nindent 12 }}
          volumeMounts:
            - name: config
              mountPath: /etc/homelab/agent.yaml
              subPath: agent.yaml
              readOnly: true
            # Not the container's own /sys: runtimes mask powercap there, even from root.
            - name: sys
              mountPath: /host/sys
              {{- if .enforces }}
              readOnly: false
              {{- else }}
              readOnly: true
              {{- end }}
            - name: proc
              mountPath: /host/proc
              readOnly: true
            # Pods' names are the names of their log folders: no right in Kubernetes is needed for them. No log is opened.
            - name: pods
              mountPath: /host/var/log/pods
              readOnly: true
            - name: tmp
              mountPath: /tmp
            {{- if not $root.Values.tls.insecure }}
            - name: tls
              mountPath: /etc/homelab/tls
              readOnly: true
            {{- end }}
            {{- if eq .flavour "rpi" }}
            - name: vcio
              mountPath: /dev/vcio
              readOnly: true
            {{- end }}
            {{- if .enforces }}
            - name: state
              mountPath: /var/lib/homelab-agent
            {{- end }}
      volumes:
        - name: config
          configMap:
            name: {{ $name }}-agent
        - name: sys
          hostPath:
            path: /sys
            type: Directory
        - name: proc
          hostPath:
            path: /proc
            type: Directory
        # A kubelet with a podLogsDir of its own has none here.
        - name: pods
          hostPath:
            path: /var/log/pods
            type: DirectoryOrCreate
        - name: tmp
          emptyDir:
            medium: Memory
            sizeLimit: 1Mi
        {{- if not $root.Values.tls.insecure }}
        - name: tls
          secret:
            secretName: {{ $root.Values.tls.agentSecret }}
            defaultMode: 0400
        {{- end }}
        {{- if eq .flavour "rpi" }}
        - name: vcio
          hostPath:
            path: /dev/vcio
            type: CharDevice
        {{- end }}
        {{- if .enforces }}
        # Original limits and the safe share survive a crash here.
        - name: state
          hostPath:
            path: {{ $agent.enforce.statePath }}
            type: DirectoryOrCreate
        {{- end }}
      {{- with $agent.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $agent.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  {{- include "homelab.agent.nodes" . | nindent 18 }}
{{- end -}}
