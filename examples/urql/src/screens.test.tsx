import { testScreens } from "../../shared/screens";
import { App } from "./App";

testScreens("urql", App);
