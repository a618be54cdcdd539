import { defineConfig } from "vitest/config";

export default defineConfig({ test: { projects: ["apollo", "relay", "urql"] } });
