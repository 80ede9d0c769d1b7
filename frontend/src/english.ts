/** English of the scripts' texts. The key is the Chinese message itself; a test keeps both sides equal. */
export const english: Record<string, string> = {};
