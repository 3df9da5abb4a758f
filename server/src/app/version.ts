/** The version of package.json; all workspaces carry the same. */
export const version = "0.1.0";
