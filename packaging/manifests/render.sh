#!/usr/bin/env bash
# Renders what is generated: the chart's and the Kustomize component's copies of rules and dashboards, and the install*.yaml. Needs kubectl.
# usage: packaging/manifests/render.sh
set -euo pipefail
cd "$(dirname "$0")/.."

component=kustomize/components/monitoring/monitors
for file in alerts/homelab.rules.yaml dashboards/homelab-fleet.json dashboards/homelab-node.json; do
  install -D -m 644 "$file" "helm/homelab/files/${file##*/}"
done
# Kustomize reads nothing outside of its folder.
install -m 644 dashboards/homelab-fleet.json dashboards/homelab-node.json "$component/"
{
  printf '# Made by packaging/manifests/render.sh of packaging/alerts/homelab.rules.yaml.\n'
  printf 'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: homelab-aggregator\nspec:\n'
  sed 's/^\(..*\)$/  \1/' alerts/homelab.rules.yaml
} > "$component/prometheus-rule.yaml"

{
  printf '# Made by packaging/manifests/render.sh of packaging/kustomize/base.\n'
  kubectl kustomize kustomize/base
} > manifests/install.yaml
for overlay in kustomize/overlays/*/; do
  name=$(basename "$overlay")
  {
    printf '# Made by packaging/manifests/render.sh of packaging/kustomize/overlays/%s.\n' "$name"
    kubectl kustomize "$overlay"
  } > "manifests/install-$name.yaml"
done
