{{- define "pai.name" -}}
{{- printf "%s-pai-dlc-mcp" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "pai.labels" -}}
app.kubernetes.io/name: pai-dlc-mcp
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
