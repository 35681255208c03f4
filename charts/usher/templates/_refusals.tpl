{{/* Refuses values that lack something or contradict each other, all at once and in words. Takes the root. */}}
{{- define "usher.refusals" -}}
{{- $wrong := list -}}
{{- with .Values -}}
{{- if not .image.repository -}}
{{- $wrong = append $wrong "image.repository must be set: where the image of Usher is" -}}
{{- end -}}
{{- range $secret, $fact := ($.Files.Get "facts.yaml" | fromYaml).secrets -}}
{{- $given := (index $.Values.secrets $secret).name -}}
{{- $instead := and $fact.instead $.Values.kms.socket -}}
{{- if not (or $fact.optional $given $instead) -}}
{{- $wrong = append $wrong (printf "secrets.%s.name must be set: the existing Secret with %s" $secret $fact.what) -}}
{{- end -}}
{{- end -}}
{{- if and .kms.socket (not (or .kms.volume .kms.container)) -}}
{{- $wrong = append $wrong "kms.volume or kms.container must be set: nobody would answer at kms.socket" -}}
{{- end -}}
{{- if and (or .kms.volume .kms.container) (not .kms.socket) -}}
{{- $wrong = append $wrong "kms.socket must be set: where in its volume the plugin answers" -}}
{{- end -}}
{{- if not .settings.http.public_url -}}
{{- $wrong = append $wrong "settings.http.public_url must be set: the address under which people reach the pages" -}}
{{- end -}}
{{- if not .settings.outreach.from -}}
{{- $wrong = append $wrong "settings.outreach.from must be set: who the mails are from" -}}
{{- end -}}
{{- if not (or .settings.auth.issuers .secrets.issuerKey.name) -}}
{{- $wrong = append $wrong "settings.auth.issuers or secrets.issuerKey.name must be set: without either, nobody's token is accepted" -}}
{{- end -}}
{{- if and .ingress.enabled .networkPolicy.enabled (not .networkPolicy.from.ingress) -}}
{{- $wrong = append $wrong "networkPolicy.from.ingress must be set: the Ingress leads to the edge, but nobody is let in" -}}
{{- end -}}
{{- if and .serviceMonitor.enabled .networkPolicy.enabled (not .networkPolicy.from.metrics) -}}
{{- $wrong = append $wrong "networkPolicy.from.metrics must be set: the ServiceMonitor asks for metrics, but Prometheus is not let in" -}}
{{- end -}}
{{- if and .lmtp.enabled (not .settings.inbound.domain) -}}
{{- $wrong = append $wrong "settings.inbound.domain must be set: the domain whose mails come in over LMTP" -}}
{{- end -}}
{{- if and .lmtp.enabled .networkPolicy.enabled (not .networkPolicy.from.lmtp) -}}
{{- $wrong = append $wrong "networkPolicy.from.lmtp must be set: outreach takes mails in, but the mail server is not let in" -}}
{{- end -}}
{{- range $name := keys .services | sortAlpha -}}
{{- with (include "usher.workload" (dict "root" $ "name" $name) | fromYaml).autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- $wrong = append $wrong (printf "services.%s: autoscaling.minReplicas is above autoscaling.maxReplicas" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $wrong -}}
{{- fail (printf "\n\nUsher can not be installed with these values:\n  - %s\nSee charts/usher/values.yaml.\n" (join "\n  - " .)) -}}
{{- end -}}
{{- end }}
