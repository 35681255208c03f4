{{/* The settings of one service as its environment. Takes root and name.
     Settings in a section that is named after a service go to that service alone. */}}
{{- define "usher.environment" -}}
{{- $facts := .root.Files.Get "facts.yaml" | fromYaml -}}
{{- $mine := index $facts.services .name -}}
- name: USHER_GRPC_LISTEN
  value: 0.0.0.0:50051
- name: USHER_HTTP_LISTEN
  value: 0.0.0.0:8080
{{- range $peer := $mine.calls }}
- name: {{ printf "USHER_PEERS_%s" $peer | upper }}
  value: http://{{ include "usher.fullname" $.root }}-{{ $peer }}:50051
{{- end }}
{{- range $section, $settings := .root.Values.settings }}
{{- if or (eq $section $.name) (not (hasKey $facts.services $section)) }}
{{- range $key, $value := $settings }}
{{- if not (or (kindIs "invalid" $value) (kindIs "slice" $value)) }}
- name: {{ printf "USHER_%s_%s" $section $key | upper }}
  {{- /* Numbers in a values file arrive as floats, and a large one would be written 1e+06. */}}
  value: {{ ternary (int64 $value) $value (kindIs "float64" $value) | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- with $mine.folder }}
- name: {{ . }}
  value: /var/lib/usher
{{- end }}
{{- if and $mine.lmtp .root.Values.lmtp.enabled }}
- name: {{ $mine.lmtp }}
  value: 0.0.0.0:2424
{{- end }}
{{- if and $mine.kms .root.Values.kms.socket }}
- name: {{ $mine.kms.socket }}
  value: /run/usher/kms/{{ .root.Values.kms.socket }}
- name: {{ $mine.kms.wraps }}
  value: {{ .root.Values.kms.wraps | quote }}
{{- end }}
{{- with include "usher.issuers" .root }}
- name: USHER_AUTH_ISSUERS
  value: {{ . | quote }}
{{- end }}
{{- range $secret := $mine.secrets }}
{{- with include "usher.secret" (dict "root" $.root "secret" $secret) }}
{{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* The variable of one secret; nothing for an optional one that is not given. Takes root and secret. */}}
{{- define "usher.secret" -}}
{{- $fact := index (.root.Files.Get "facts.yaml" | fromYaml).secrets .secret -}}
{{- with index .root.Values.secrets .secret -}}
{{- if and .name $fact.file -}}
- name: {{ $fact.variable }}
  value: /etc/usher/keys/{{ $fact.file }}
{{- else if .name -}}
- name: {{ $fact.variable }}
  valueFrom:
    secretKeyRef: {{- dict "name" .name "key" .key | toYaml | nindent 6 }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* auth.issuers as the program reads a list from its environment: in TOML, whose strings are JSON's. Takes the root. */}}
{{- define "usher.issuers" -}}
{{- $all := .Values.settings.auth.issuers -}}
{{- if .Values.secrets.issuerKey.name -}}
{{- $all = append $all (dict "issuer" "usher" "jwks_url" "") -}}
{{- end -}}
{{- $written := list -}}
{{- range $all -}}
{{- $written = append $written (printf "{ issuer = %s, jwks_url = %s }" (toJson .issuer) (toJson .jwks_url)) -}}
{{- end -}}
{{- with $written -}}
[{{ join ", " . }}]
{{- end -}}
{{- end }}
