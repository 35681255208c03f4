{{/* The release's name in the names of everything; short enough for the longest ending. */}}
{{- define "usher.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* What tells the pods of one component from all others, for ever: a Deployment's selector can not be changed.
     Takes root and name. */}}
{{- define "usher.selector" -}}
{{ include "usher.selector.all" .root }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{/* What all pods of the release have in common. Takes the root. */}}
{{- define "usher.selector.all" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The labels of everything. Takes root and name; the name may be empty. */}}
{{- define "usher.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "usher.selector.all" .root }}
{{- with .name }}
app.kubernetes.io/component: {{ . }}
{{- end }}
app.kubernetes.io/part-of: usher
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* How one service runs: the defaults and what differs for it. Takes root and name. */}}
{{- define "usher.workload" -}}
{{- mustMergeOverwrite (deepCopy .root.Values.defaults) (index .root.Values.services .name | default dict) | toYaml -}}
{{- end }}

{{/* The port of an address, by its scheme where it names none. Takes the address. */}}
{{- define "usher.port" -}}
{{- $url := urlParse . -}}
{{- $named := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- default (ternary "443" "80" (eq $url.scheme "https")) $named -}}
{{- end }}
