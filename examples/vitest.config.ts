import { defineConfig } from "vitest/config";

/** Two clients at a time, on few processors too: they wait for the server much of the time. */
export default defineConfig({ test: { projects: ["apollo", "relay", "urql"], maxWorkers: 2 } });
