import { operations } from "../eslint.operations.js";

export default operations();
