{{/* What every pod of the chart has in common: restricted, told nothing about the cluster, placed as its workload says.
     Takes root, name, workload, and the names of the secrets that it gets. */}}
{{- define "usher.pod" -}}
{{- $facts := .root.Files.Get "facts.yaml" | fromYaml -}}
{{- $given := .root.Values.secrets -}}
serviceAccountName: {{ include "usher.fullname" .root }}-{{ .name }}
automountServiceAccountToken: false
# Kubernetes would add USHER_…_SERVICE_HOST and the like, and the program refuses settings that it does not know.
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- with .workload.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" }}
{{- with index $.workload $key }}
{{ $key }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
volumes:
  - name: tmp
    emptyDir:
      medium: Memory
      sizeLimit: 16Mi
{{- if dig "services" .name "folder" "" $facts }}
  - name: folder
    emptyDir:
      sizeLimit: 8Gi
{{- end }}
{{- if and (dig "services" .name "kms" "" $facts) .root.Values.kms.socket }}
  - name: kms
    {{- .root.Values.kms.volume | default (dict "emptyDir" (dict "medium" "Memory" "sizeLimit" "1Mi")) | toYaml | nindent 4 }}
{{- end }}
{{- if and (has "database" .secrets) $given.databaseCa.name }}
  - name: ca
    secret:
      secretName: {{ $given.databaseCa.name }}
      defaultMode: 0440
      items:
        - key: {{ $given.databaseCa.key }}
          path: database.crt
{{- end }}
{{- with include "usher.keys" . | fromYamlArray }}
  - name: keys
    projected:
      defaultMode: 0440
      sources:
        {{- range . }}
        - secret:
            name: {{ (index $given .).name }}
            items:
              - key: {{ (index $given .).key }}
                path: {{ (index $facts.secrets .).file }}
        {{- end }}
{{- end }}
{{- end }}

{{/* The KMS plugin beside a service that asks one, as restricted as the program unless its own words differ. Takes root
     and name. */}}
{{- define "usher.kms" -}}
{{- if and (dig "services" .name "kms" "" (.root.Files.Get "facts.yaml" | fromYaml)) .root.Values.kms.container -}}
{{- $own := .root.Values.kms.container -}}
{{- $mount := dict "name" "kms" "mountPath" "/run/usher/kms" -}}
{{- $restricted := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
{{- $fixed := dict "name" "kms" "restartPolicy" "Always" "volumeMounts" (append ($own.volumeMounts | default list) $mount) -}}
initContainers:
  - {{- mergeOverwrite (dict "securityContext" $restricted) (deepCopy $own) $fixed | toYaml | nindent 4 }}
{{- end -}}
{{- end }}

{{/* What every container of the chart has in common. Takes root, name, resources, and the names
     of the secrets that it gets. */}}
{{- define "usher.container" -}}
{{- with .root.Values.image -}}
image: {{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.root.Chart.AppVersion }}{{ end }}
imagePullPolicy: {{ .pullPolicy }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources: {{- toYaml .resources | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
{{- if dig "services" .name "folder" "" (.root.Files.Get "facts.yaml" | fromYaml) }}
  - name: folder
    mountPath: /var/lib/usher
{{- end }}
{{- if and (dig "services" .name "kms" "" (.root.Files.Get "facts.yaml" | fromYaml)) .root.Values.kms.socket }}
  - name: kms
    mountPath: /run/usher/kms
    # A socket is connected to all the same.
    readOnly: true
{{- end }}
{{- if and (has "database" .secrets) .root.Values.secrets.databaseCa.name }}
  - name: ca
    mountPath: /etc/usher/ca
    readOnly: true
{{- end }}
{{- if include "usher.keys" . | fromYamlArray }}
  - name: keys
    mountPath: /etc/usher/keys
    readOnly: true
{{- end }}
{{- end }}

{{/* Those of some secrets that are given and read as files, as a YAML list. Takes root and secrets. */}}
{{- define "usher.keys" -}}
{{- $facts := .root.Files.Get "facts.yaml" | fromYaml -}}
{{- $keys := list -}}
{{- range .secrets -}}
{{- if and (index $facts.secrets .).file (index $.root.Values.secrets .).name -}}
{{- $keys = append $keys . -}}
{{- end -}}
{{- end -}}
{{- toYaml $keys -}}
{{- end }}
