# The server and its local runs. Root inside: each run gets a user id of its own, and no credential.
# `--build-arg AGENTS="@openai/codex@0.169.0"` installs agents' programs; docs/guide/install.md says more.
FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/stagewright
COPY package.json package-lock.json .npmrc ./
# Without the embedded Postgres and a second Node: the database is a service of its own.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
ARG AGENTS=""
RUN if [ -n "$AGENTS" ]; then npm install --global $AGENTS && npm cache clean --force; fi
COPY app.yml LICENSE ./
COPY migrations migrations
COPY executors executors
COPY app app
RUN ln -s /opt/stagewright/app/cli/stagewright.js /usr/local/bin/stagewright
ENV NODE_ENV=production STAGEWRIGHT_STATE_DIR=/var/lib/stagewright
# `.env` of the set-up page stands here, the private key in the state folder.
WORKDIR /etc/stagewright
VOLUME ["/etc/stagewright", "/var/lib/stagewright"]
EXPOSE 3000
STOPSIGNAL SIGTERM
ENTRYPOINT ["stagewright"]
CMD ["start"]
