"use strict";

// The theme's templates hold small expressions ("open = !open"), which Alpine turns into functions with eval. Our
// Content-Security-Policy refuses that, and should. This file reads them instead: the part of JavaScript that the
// templates use, over the data of the page and the few names listed here. What it does not know it refuses aloud.

(() => {
    const GLOBALS = ["getCurrentTab", "localStorage", "searchCommand", "searchDropdown", "searchForm", "theme"];
    const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
    const LITERALS = new Map([["true", true], ["false", false], ["null", null], ["undefined", undefined]]);
    const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_$][\w$]*)|(===|!==|==|!=|<=|>=|=>|&&|\|\||\?\?|[-+*/%<>!=?:;,.()[\]{}]))/y;
    const STRENGTH = {
        "??": 1, "||": 1, "&&": 2, "==": 3, "!=": 3, "===": 3, "!==": 3, "<": 4, ">": 4, "<=": 4, ">=": 4,
        "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
    };
    const WORK = {
        "==": (a, b) => a == b, "!=": (a, b) => a != b, "===": (a, b) => a === b, "!==": (a, b) => a !== b,
        "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
        "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "%": (a, b) => a % b,
    };

    function tokens(text) {
        const found = [];
        TOKEN.lastIndex = 0;
        while (TOKEN.lastIndex < text.trimEnd().length) {
            const start = TOKEN.lastIndex;
            const match = TOKEN.exec(text);
            if (!match) {
                throw new SyntaxError(`Cannot read this expression at "${text.slice(start)}": ${text}`);
            }
            const [, number, string, name, sign] = match;
            if (number !== undefined) {
                found.push({ kind: "value", value: Number(number) });
            } else if (string !== undefined) {
                found.push({ kind: "value", value: string.slice(1, -1).replace(/\\(.)/g, "$1") });
            } else {
                found.push({ kind: name === undefined ? "sign" : "name", text: name ?? sign });
            }
        }
        return found;
    }

    // Each node is a function from the scopes (innermost first) to a value. A place is a node that can be assigned to.
    function parse(text) {
        const list = tokens(text);
        let at = 0;
        const is = (sign) => list[at]?.kind === "sign" && list[at].text === sign;
        const isName = (name) => list[at]?.kind === "name" && list[at].text === name;
        const take = (sign) => is(sign) && Boolean(++at);
        const need = (sign) => {
            if (!take(sign)) {
                throw new SyntaxError(`"${sign}" is missing in this expression: ${text}`);
            }
        };

        function statements(end) {
            const all = [];
            while (at < list.length && !(end && is(end))) {
                if (!take(";")) {
                    all.push(statement());
                }
            }
            return (scopes) => all.reduce((_, each) => each(scopes), undefined);
        }

        function statement() {
            if (!isName("if")) {
                return expression();
            }
            at += 1;
            need("(");
            const condition = expression();
            need(")");
            const yes = branch();
            take(";");
            if (!isName("else")) {
                return (scopes) => (condition(scopes) ? yes(scopes) : undefined);
            }
            at += 1;
            const no = branch();
            return (scopes) => (condition(scopes) ? yes(scopes) : no(scopes));
        }

        function branch() {
            if (!take("{")) {
                return statement();
            }
            const body = statements("}");
            need("}");
            return body;
        }

        function expression() {
            const names = parameters();
            if (names) {
                const body = expression();
                return (scopes) => (...values) =>
                    body([Object.fromEntries(names.map((name, place) => [name, values[place]])), ...scopes]);
            }
            const target = ternary();
            if (!take("=")) {
                return target;
            }
            if (!target.assign) {
                throw new SyntaxError(`Nothing can be assigned here: ${text}`);
            }
            const value = expression();
            return (scopes) => target.assign(scopes, value(scopes));
        }

        // The names before "=>", if an arrow function starts here.
        function parameters() {
            const begin = at;
            const names = [];
            if (list[at]?.kind === "name") {
                names.push(list[at++].text);
            } else if (take("(")) {
                while (list[at]?.kind === "name") {
                    names.push(list[at++].text);
                    take(",");
                }
                if (!take(")")) {
                    at = begin;
                    return null;
                }
            }
            if (take("=>")) {
                return names;
            }
            at = begin;
            return null;
        }

        function ternary() {
            const condition = binary(0);
            if (!take("?")) {
                return condition;
            }
            const yes = expression();
            need(":");
            const no = expression();
            return (scopes) => (condition(scopes) ? yes(scopes) : no(scopes));
        }

        function binary(weakest) {
            let left = unary();
            while (list[at]?.kind === "sign" && STRENGTH[list[at].text] > weakest) {
                const sign = list[at++].text;
                left = joined(sign, left, binary(STRENGTH[sign]));
            }
            return left;
        }

        function joined(sign, left, right) {
            switch (sign) {
                case "&&":
                    return (scopes) => left(scopes) && right(scopes);
                case "||":
                    return (scopes) => left(scopes) || right(scopes);
                case "??":
                    return (scopes) => left(scopes) ?? right(scopes);
                default:
                    return (scopes) => WORK[sign](left(scopes), right(scopes));
            }
        }

        function unary() {
            if (take("!")) {
                const value = unary();
                return (scopes) => !value(scopes);
            }
            if (take("-")) {
                const value = unary();
                return (scopes) => -value(scopes);
            }
            return member(primary());
        }

        function member(node) {
            for (;;) {
                if (take(".")) {
                    const name = list[at++].text;
                    node = property(node, () => name);
                } else if (take("[")) {
                    const key = expression();
                    need("]");
                    node = property(node, key);
                } else if (take("(")) {
                    node = call(node, items(")"));
                } else {
                    return node;
                }
            }
        }

        function items(end) {
            const all = [];
            while (!is(end)) {
                all.push(expression());
                if (!take(",")) {
                    break;
                }
            }
            need(end);
            return all;
        }

        function primary() {
            const token = list[at++];
            if (token?.kind === "value") {
                return () => token.value;
            }
            if (token?.kind === "name") {
                return LITERALS.has(token.text) ? () => LITERALS.get(token.text) : variable(token.text);
            }
            switch (token?.text) {
                case "(": {
                    const inner = expression();
                    need(")");
                    return inner;
                }
                case "[": {
                    const all = items("]");
                    return (scopes) => all.map((each) => each(scopes));
                }
                case "{":
                    return object();
                default:
                    throw new SyntaxError(`Cannot read this expression: ${text}`);
            }
        }

        function object() {
            const pairs = [];
            while (!is("}")) {
                const key = list[at++];
                need(":");
                pairs.push([key.value ?? key.text, expression()]);
                if (!take(",")) {
                    break;
                }
            }
            need("}");
            return (scopes) => Object.fromEntries(pairs.map(([key, value]) => [key, value(scopes)]));
        }

        const body = statements();
        return body;
    }

    function variable(name) {
        const owner = (scopes) => scopes.find((scope) => name in scope);
        const node = (scopes) => {
            const scope = owner(scopes);
            if (!scope) {
                throw new ReferenceError(`${name} is not known to this page`);
            }
            return scope[name];
        };
        node.receiver = owner;
        node.assign = (scopes, value) => ((owner(scopes) ?? scopes[0])[name] = value);
        return node;
    }

    function property(object, key) {
        const safe = (scopes) => {
            const name = key(scopes);
            if (FORBIDDEN.has(String(name))) {
                throw new TypeError(`${name} may not be used in an expression`);
            }
            return name;
        };
        const node = (scopes) => object(scopes)[safe(scopes)];
        node.receiver = object;
        node.assign = (scopes, value) => (object(scopes)[safe(scopes)] = value);
        return node;
    }

    function call(callee, parts) {
        return (scopes) => callee(scopes).apply(callee.receiver?.(scopes), parts.map((each) => each(scopes)));
    }

    // What Alpine offers beside the data, as far as the templates ask for it.
    function magics(Alpine, element) {
        return {
            $el: element,
            get $refs() {
                const found = {};
                for (let at = element; at; at = at.parentElement) {
                    Object.assign(found, { ...at._x_refs, ...found });
                }
                return found;
            },
            $dispatch: (name, detail = {}) =>
                element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true })),
            $nextTick: (then) => Alpine.nextTick(then),
            $watch: (key, then) => Alpine.watch(() => Alpine.evaluate(element, key), then),
        };
    }

    const globals = { window: { get location() { return window.location; } } };
    for (const name of GLOBALS) {
        Object.defineProperty(globals, name, { get: () => window[name], enumerable: true });
    }
    const known = new Map();

    function evaluator(Alpine, element, expression) {
        if (typeof expression === "string" && !known.has(expression)) {
            known.set(expression, parse(expression));
        }
        const stack = Alpine.closestDataStack(element);
        return (receive = () => {}, { scope = {}, params = [] } = {}) => {
            const data = Alpine.mergeProxies([scope, ...stack]);
            let value;
            if (typeof expression === "function") {
                value = expression.apply(data, params);
            } else {
                value = known.get(expression)([data, magics(Alpine, element), globals]);
            }
            receive(typeof value === "function" ? value.apply(data, params) : value);
        };
    }

    document.addEventListener("alpine:init", () => {
        window.Alpine.setEvaluator((element, expression) => evaluator(window.Alpine, element, expression));
    });
    if (window.htmx) {
        window.htmx.config.allowEval = false;
        window.htmx.config.includeIndicatorStyles = false;
    }
})();
