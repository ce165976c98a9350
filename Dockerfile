# syntax=docker/dockerfile:1
# The service as an image: `dmp serve` on port 8000; worker and migration are the same image with another command
# (compose.yaml). Settings come as DMP_... variables (README). The root filesystem may be read-only: the service writes
# to /var/lib/dmp (the search index, the signed heads of the audit trail, people's documents) and /tmp.
# tests/deploy/ runs the same steps in an empty directory as an unprivileged user.

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/dmp
RUN python -m venv /srv/venv
COPY requirements.txt ./
RUN /srv/venv/bin/pip install --only-binary :all: --require-hashes --requirement requirements.txt
COPY scripts/put_on_path.py scripts/
# As scripts/install.sh does: the project is put on the path, not built.
RUN /srv/venv/bin/python scripts/put_on_path.py /srv/dmp
COPY alembic.ini ./
COPY migrations migrations
COPY catalogue_schema catalogue_schema
COPY search search
COPY app app
COPY scripts/container_health.py scripts/
RUN /srv/venv/bin/python -m compileall -q app search catalogue_schema migrations

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="Digital Marketplace catalogue" org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/srv/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp \
    DMP_SEARCH_DIRECTORY=/var/lib/dmp/search DMP_AUDIT_HEADS=/var/lib/dmp/heads/audit-heads.jsonl \
    DMP_FILES__DIRECTORY=/var/lib/dmp/files
# The code belongs to root and the service cannot change it. What is mounted over these two takes over their owner.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin dmp \
    && install --directory --owner dmp --group dmp --mode 0750 /var/lib/dmp /var/lib/dmp/search /var/lib/dmp/heads \
        /var/lib/dmp/files
COPY --from=build /srv /srv
USER 10001:10001
WORKDIR /var/lib/dmp
EXPOSE 8000
# It asks the container's main process what it is: the site must answer /readyz, the worker must run.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "/srv/dmp/scripts/container_health.py"]
CMD ["dmp", "serve", "--host", "0.0.0.0", "--port", "8000"]
