{{/* The ways in to one service: from the services that call it, and from whom the values name. Takes root and name. */}}
{{- define "usher.network.from" -}}
{{- $from := .root.Values.networkPolicy.from -}}
{{- $callers := list -}}
{{- range $caller, $fact := (.root.Files.Get "facts.yaml" | fromYaml).services -}}
{{- if has $.name $fact.calls -}}
{{- $selector := include "usher.selector" (dict "root" $.root "name" $caller) | fromYaml -}}
{{- $callers = append $callers (dict "podSelector" (dict "matchLabels" $selector)) -}}
{{- end -}}
{{- end -}}
{{- $isEdge := eq .name "edge" -}}
{{- $takesMails := and .root.Values.lmtp.enabled (dig "services" .name "lmtp" "" (.root.Files.Get "facts.yaml" | fromYaml)) -}}
{{- $ways := list
  (dict "port" 50051 "from" $callers)
  (dict "port" 50051 "from" (ternary list $from.grpc $isEdge))
  (dict "port" 8080 "from" (ternary $from.ingress list $isEdge))
  (dict "port" 8080 "from" $from.metrics)
  (dict "port" 2424 "from" (ternary $from.lmtp list (not (not $takesMails)))) -}}
{{- range $ways }}
{{- if .from }}
- ports:
    - port: {{ .port }}
      protocol: TCP
  from: {{- toYaml .from | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{/* A way out to somewhere that is not Usher's. Takes peers, ports and, where it is not TCP alone, protocols. */}}
{{- define "usher.network.to" -}}
- ports:
    {{- range $port := .ports }}
    {{- range $protocol := $.protocols | default (list "TCP") }}
    - port: {{ $port }}
      protocol: {{ $protocol }}
    {{- end }}
    {{- end }}
  {{- with .peers }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* The way out to DNS, and to the servers whose addresses are among some secrets. Takes root and secrets. */}}
{{- define "usher.network.servers" -}}
{{- $to := .root.Values.networkPolicy.to -}}
{{- $servers := dict "database" $to.postgresql "redis" $to.redis "smtp" $to.smtp -}}
{{ include "usher.network.to" (dict "peers" $to.dns.peers "ports" $to.dns.ports "protocols" (list "UDP" "TCP")) }}
{{- range $secret := .secrets }}
{{- with get $servers $secret }}
{{ include "usher.network.to" . }}
{{- end }}
{{- end }}
{{- end }}
