# Dipnot as a container: no shell of root, nothing written outside /data, nothing fetched at run time.
#
#   docker build -t dipnot .
#   docker run --read-only --cap-drop ALL -v dipnot:/data -p 127.0.0.1:7860:7860 dipnot
#
# docs/deploy.md says more, and why the index is built at the first start and not here.

ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
# What pip is asked for as torch, and from where: the CPU build, without a gigabyte of CUDA.
ARG TORCH="torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu"
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/dipnot
# Large and seldom another: a layer of its own, before anything of ours.
RUN /opt/dipnot/bin/pip install ${TORCH}
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY corpus corpus
COPY index index
COPY app app
COPY eval eval
RUN /opt/dipnot/bin/pip wheel --no-deps --wheel-dir dist .
RUN /opt/dipnot/bin/pip install --constraint constraints.txt "$(echo dist/dipnot-*.whl)[mcp]"

FROM python:${PYTHON}-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Dipnot" \
      org.opencontainers.image.description="Answers with footnotes from a corpus of articles, in Turkish and English" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# A fixed number, so that a volume made by one image belongs to the user of the next.
RUN groupadd --gid 10001 dipnot \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin dipnot \
 && install --directory --owner 10001 --group 10001 --mode 0750 /data
COPY --from=build /opt/dipnot /opt/dipnot
COPY --chmod=0755 deploy/entrypoint.sh /usr/local/bin/dipnot-entrypoint
ENV PATH=/opt/dipnot/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    TMPDIR=/data/tmp \
    HF_HUB_OFFLINE=1 \
    GRADIO_ANALYTICS_ENABLED=False \
    DIPNOT_HOST=0.0.0.0 \
    DIPNOT_PORT=7860 \
    DIPNOT_INDEX_DIR=/data/index \
    DIPNOT_CACHE_DIR=/data/cache \
    DIPNOT_FEEDBACK_FILE=/data/feedback.sqlite3
# dipnot.toml is looked for here.
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 7860
STOPSIGNAL SIGTERM
# Ready is more than running: there is an index, and it answers. The first start unpacks and indexes before.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15m --retries=3 \
  CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['DIPNOT_PORT']), timeout=4); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["dipnot-entrypoint"]
