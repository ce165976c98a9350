# syntax=docker/dockerfile:1
# The service as an image: `dmp serve` on port 8000; the worker is the same image with the command `dmp worker`.
# Settings come as DMP_... variables (README, configuration). Not built yet: the place where this was written has no
# container engine, so treat the first build as a test.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/dmp
RUN python -m venv /srv/venv
COPY requirements.txt ./
RUN /srv/venv/bin/pip install --only-binary :all: --require-hashes --requirement requirements.txt
# As scripts/install.sh does: the project is put on the path, not built.
RUN /srv/venv/bin/python -c "import pathlib, sysconfig; (pathlib.Path(sysconfig.get_path('purelib')) / 'digital_marketplace.pth').write_text('/srv/dmp\n')" \
    && printf '%s\n' '#!/srv/venv/bin/python' 'import sys' 'from app.cli import run' 'sys.exit(run())' >/srv/venv/bin/dmp \
    && chmod +x /srv/venv/bin/dmp
COPY alembic.ini ./
COPY migrations migrations
COPY catalogue_schema catalogue_schema
COPY search search
COPY app app
COPY scripts/container_health.py scripts/
RUN /srv/venv/bin/python -m compileall -q app search catalogue_schema migrations

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Digital Marketplace catalogue" org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/srv/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The code belongs to root and the service cannot change it; /var/lib/dmp is what it may write (index, files, heads).
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/dmp --create-home dmp
COPY --from=build /srv /srv
USER dmp
WORKDIR /var/lib/dmp
VOLUME /var/lib/dmp
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "/srv/dmp/scripts/container_health.py"]
CMD ["dmp", "serve", "--host", "0.0.0.0", "--port", "8000"]
