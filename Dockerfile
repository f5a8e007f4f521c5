# One image for the web server, the worker and beat; PostgreSQL and Redis are named in its environment.
ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim AS dependencies
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

FROM python:${PYTHON_VERSION}-slim
RUN useradd --system --no-create-home frontprov && install -d -o frontprov -m 700 /data
COPY --from=dependencies /venv /venv
WORKDIR /app
COPY manage.py ./
COPY frontprov frontprov
COPY scim scim
COPY templates_app templates_app
COPY teammates teammates
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 FRONTPROV_DATA_DIR=/data
RUN python -m compileall -q .
USER frontprov
EXPOSE 8000
CMD ["python", "-m", "frontprov", "web"]
