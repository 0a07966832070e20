# The app on a public host. docs/hosting.md says what it needs and what was tried.
FROM python:3.12-slim

# The CPU build of torch by default; empty for the one with CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url $TORCH_INDEX} --requirement requirements.txt
COPY app.py .
COPY .streamlit .streamlit
COPY rfsq rfsq
COPY checkpoints checkpoints

# Stacks with codebooks that somebody asked for are kept here; nothing else is written, so all else may be read-only.
ENV RFSQ_CACHE=/tmp/rfsq RFSQ_STORE_MB=1000 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=2 HOME=/tmp
RUN python -m compileall -q rfsq app.py
USER 65534:65534

# BASE_PATH: where the app stands below the host's name, such as "lab"; empty for the top.
ENV PORT=8501 BASE_PATH=""
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD \
  ["python", "-c", "import os, urllib.request as r; r.urlopen('/'.join(filter(None, [f\"http://127.0.0.1:{os.environ['PORT']}\", os.environ['BASE_PATH'], '_stcore/health'])))"]
CMD ["sh", "-c", "exec python -m streamlit run app.py --server.address 0.0.0.0 --server.port \"$PORT\" --server.baseUrlPath \"$BASE_PATH\" --server.maxUploadSize ${MAX_UPLOAD_MB:-30}"]
