/** What every web page runs. It works without; this only adds to it. */

export {};

document.documentElement.dataset["script"] = "on";
