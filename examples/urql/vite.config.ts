import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/graphql": process.env.CRMGRAPH_URL ?? "http://127.0.0.1:8000" } },
  test: { environment: "jsdom", testTimeout: 30_000 },
});
