import babel from "@rolldown/plugin-babel";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const served = {
  target: process.env.CRMGRAPH_URL ?? "http://127.0.0.1:8000",
  headers: { Authorization: `Bearer ${process.env.CRMGRAPH_TOKEN ?? "demo-administrator"}` }, // a real front end signs its user in
};

export default defineConfig({
  plugins: [babel({ plugins: [["relay", { eagerEsModules: true }]] }), react()],
  build: { chunkSizeWarningLimit: 600 }, // kB; Relay's runtime comes as CommonJS, which no bundler can shake
  server: { proxy: { "/graphql": served } },
  test: { environment: "jsdom", testTimeout: 30_000 },
});
