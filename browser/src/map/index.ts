/** The map module: `copGraphMap.mount(element, payload, options)`. */

export {};
