# The server for one client on stdio, or for a team over HTTP. Its tools are listed without any credential.
# With podman build it with --format docker: images of its own format have no HEALTHCHECK.
FROM node:22-slim AS web
COPY server /src/server
WORKDIR /src/server/pai_dlc_mcp/web
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build

FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml hatch_build.py constraints.txt README.md LICENSE SKILL.md ./
COPY references references
COPY server server
COPY --from=web /src/server/pai_dlc_mcp/web/dist server/pai_dlc_mcp/web/dist
RUN python -m venv /opt/pai \
 && /opt/pai/bin/pip install --no-cache-dir --constraint constraints.txt '.[redis,charts,yaml]'

FROM python:3.13-slim
# No shell of its own, no home that matters: what must last lies in /state, a volume.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /state --shell /usr/sbin/nologin pai \
 && install -d -o 10001 -g 10001 -m 0700 /state
COPY --from=build /opt/pai /opt/pai
# The base image has no compiled standard library, and the user below may write none: without it each start takes longer.
RUN python -m compileall -qq /usr/local/lib/python3.* || true
ENV PATH=/opt/pai/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XDG_STATE_HOME=/state
USER 10001:10001
VOLUME /state
EXPOSE 8080
# On stdio there is nothing to ask, and the check passes; over HTTP name the address in PAI_HEALTH_URL.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", \
  "import os, urllib.request as r; u = os.environ.get('PAI_HEALTH_URL'); u and r.urlopen(u, timeout=4).read()"]
ENTRYPOINT ["pai-dlc-mcp"]
CMD ["serve"]
