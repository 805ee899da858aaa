/** A file cannot be read as a report; says what it is and what to do. */
export class UnreadableError extends Error {}
