# One image for all processes: `rackline serve` (dashboard), `rackline run` (scheduled loads),
# `rackline migrate`. Runs as a user without rights, from a read-only root if you wish.

FROM python:3.11-slim AS build
ARG SOURCE_DATE_EPOCH=1767225600
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv --without-pip /opt/rackline \
 && pip --python /opt/rackline/bin/python install --no-compile --require-hashes \
        -r /tmp/requirements.lock
COPY db /app/db
COPY etl /app/etl
COPY dashboard /app/dashboard
COPY rackline /app/rackline
# Byte code that never looks at file times, and file times that are the same in every build:
# the same sources give the same layer, and the first start compiles nothing.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/rackline/lib /app \
 && find /opt/rackline /app -depth -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Rackline" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin rackline \
 && install --directory --owner=10001 --group=10001 /app /app/var
COPY --from=build /opt/rackline /opt/rackline
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/rackline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RACKLINE_HOST=0.0.0.0 \
    RACKLINE_PORT=8050
USER 10001:10001
EXPOSE 8050
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"RACKLINE_PORT\"]}/health/live', timeout=2)"]
ENTRYPOINT ["python", "-m", "rackline"]
CMD ["serve"]
