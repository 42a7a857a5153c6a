// Built from js/ by npm run build: do not edit.
"use strict";
(() => {
  // translator/inspection/page/js/address.js
  function remember({ embedded, state, printing }) {
    const { start: start2, text } = embedded;
    const { layer, head, step } = state;
    const said = new URLSearchParams();
    if (state.text !== text) said.set("text", state.text);
    if (state.search !== "beam") said.set("search", state.search);
    if (said.size || layer !== start2.layer || head !== start2.head || step !== start2.step) {
      said.set("layer", String(layer + 1));
      said.set("head", String(head + 1));
      said.set("step", String(step + 1));
    }
    const hash = said.size ? `#${said}` : "";
    if (printing || hash === location.hash) return;
    try {
      history.replaceState(null, "", hash || location.pathname + location.search);
    } catch {
    }
  }
  function recall({ embedded, state }) {
    const asked = new URLSearchParams(location.hash.slice(1));
    const text = asked.get("text");
    if (text !== null && text !== state.text) {
      state.text = text;
      state.tgt = text === embedded.text ? embedded.tgt : null;
    }
    if (asked.get("search") === "greedy") state.search = "greedy";
    for (
      const name of
      /** @type {const} */
      ["layer", "head", "step"]
    ) {
      state[name] = indexIn(asked.get(name)) ?? state[name];
    }
  }
  function indexIn(text) {
    const value2 = Number(text);
    return Number.isInteger(value2) && value2 >= 1 && value2 < 1e4 ? value2 - 1 : null;
  }

  // translator/inspection/page/js/elements.js
  var SVG = "http://www.w3.org/2000/svg";
  function fill(node, attributes, children) {
    for (const [name, value2] of Object.entries(attributes)) {
      if (value2 === false || value2 == null) continue;
      if (typeof value2 === "function") {
        node.addEventListener(
          name.slice(2),
          /** @type {EventListener} */
          value2
        );
      } else node.setAttribute(name, value2 === true ? "" : String(value2));
    }
    node.append(...nodes(children));
    return node;
  }
  function nodes(children) {
    return children.flatMap((child) => {
      if (Array.isArray(child)) return nodes(child);
      if (child == null || typeof child === "boolean") return [];
      return [typeof child === "number" ? String(child) : child];
    });
  }
  var el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  var svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
  function byId(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`the page has no #${id}`);
    return found;
  }
  var div = (look, ...children) => el("div", { class: look || null }, ...children);
  var h4 = (...children) => el("h4", {}, ...children);
  var p = (...children) => el("p", {}, ...children);
  var quiet = (...children) => el("p", { class: "quiet" }, ...children);
  function checkbox(id, text, is, choose) {
    const input = el("input", {
      id,
      type: "checkbox",
      ...is,
      onchange: () => choose(input.checked)
    });
    return el("label", {}, input, ` ${text}`);
  }
  function slider(attributes, { drag, release }) {
    const input = el("input", {
      type: "range",
      ...attributes,
      oninput: drag && (() => drag(Number(input.value))),
      onchange: () => release(Number(input.value))
    });
    return input;
  }
  function dropDown(id, label, options, chosen, choose) {
    const list3 = el(
      "select",
      { id, onchange: () => choose(list3.value) },
      options.map(([value2, text]) => el("option", { value: value2, selected: value2 === chosen }, text))
    );
    return el("label", {}, `${label} `, list3);
  }
  function table(label, heads3, lines, current = -1) {
    const cell2 = (content, column) => el(column ? "td" : "th", { scope: !column && "row" }, content);
    return wide(
      label,
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            heads3.map((head) => el("th", { scope: "col" }, head))
          )
        ),
        el(
          "tbody",
          {},
          lines.map((cells, i) => el("tr", { class: i === current && "here" }, cells.map(cell2)))
        )
      )
    );
  }
  var wide = (label, ...children) => el("div", { class: "wide", role: "region", "aria-label": label }, ...children);
  function settle(node) {
    for (
      const box of
      /** @type {NodeListOf<HTMLElement>} */
      node.querySelectorAll(".wide")
    ) {
      if (box.scrollWidth > box.clientWidth && !box.querySelector("[tabindex]")) box.tabIndex = 0;
    }
  }

  // translator/inspection/page/js/model/pace.js
  var PATIENCE = 10;
  var lastPause = 0;
  async function breathe(signal) {
    signal?.throwIfAborted();
    if (performance.now() - lastPause < PATIENCE) return;
    await turn();
    lastPause = performance.now();
    signal?.throwIfAborted();
  }
  function turn() {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
  }

  // translator/inspection/page/js/model/matrix.js
  var EPSILON = 1e-5;
  function project(x, { weight, bias }) {
    return x.map((row2) => {
      const out = new Float32Array(weight.shape[0]);
      if (bias) out.set(bias.data);
      addProducts(out, weight.data, row2);
      return out;
    });
  }
  function addProducts(out, W, x) {
    const width = x.length;
    let row2 = 0;
    for (; row2 + 4 <= out.length; row2 += 4) {
      const start0 = row2 * width;
      const start1 = start0 + width;
      const start2 = start1 + width;
      const start3 = start2 + width;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let i = 0; i < width; i++) {
        const number = x[i];
        sum0 += number * W[start0 + i];
        sum1 += number * W[start1 + i];
        sum2 += number * W[start2 + i];
        sum3 += number * W[start3 + i];
      }
      out[row2] += sum0;
      out[row2 + 1] += sum1;
      out[row2 + 2] += sum2;
      out[row2 + 3] += sum3;
    }
    for (; row2 < out.length; row2++) {
      let sum2 = 0;
      for (let i = 0; i < width; i++) sum2 += x[i] * W[row2 * width + i];
      out[row2] += sum2;
    }
  }
  function layerNorm(x, { weight, bias }) {
    return x.map((row2) => {
      let mean = 0;
      for (const number of row2) mean += number;
      mean /= row2.length;
      let variance = 0;
      for (const number of row2) variance += (number - mean) ** 2;
      variance /= row2.length;
      const stretch = 1 / Math.sqrt(variance + EPSILON);
      return row2.map((number, i) => (number - mean) * stretch * weight.data[i] + bias.data[i]);
    });
  }
  var add = (x, y) => x.map((row2, r) => row2.map((number, i) => number + y[r][i]));
  var relu = (x) => x.map((row2) => row2.map((number) => Math.max(number, 0)));

  // translator/inspection/page/js/model/attention.js
  function attend(queries, keys, values, numHeads, departures2 = {}) {
    const width = queries[0].length / numHeads;
    const { hidden, isCausal = false, isScaled = true, temperature = 1, edit } = departures2;
    const divisor = (isScaled ? Math.sqrt(width) : 1) * temperature;
    const context = queries.map((query) => new Float32Array(query.length));
    const weights = Array.from(
      { length: numHeads },
      (_, head) => queries.map((query, q) => {
        const [from, to] = [head * width, (head + 1) * width];
        const scaled = new Float32Array(keys.length);
        for (let m = 0; m < keys.length; m++) {
          const isHidden = hidden?.[m] || isCausal && m > q;
          scaled[m] = isHidden ? -Infinity : dot(query, keys[m], from, to) / divisor;
        }
        let row2 = softmax(scaled);
        if (edit) row2 = edit(row2, head, q);
        for (let m = 0; m < keys.length; m++) addTo(context[q], row2[m], values[m], from, to);
        return row2;
      })
    );
    return { weights, context };
  }
  function multiHeadAttention(projections, queryInput, memory, numHeads, departures2) {
    const queries = project(queryInput, projections.q_proj);
    const keys = project(memory, projections.k_proj);
    const values = project(memory, projections.v_proj);
    const { weights, context } = attend(queries, keys, values, numHeads, departures2);
    const output = project(context, projections.out_proj);
    return { queryInput, queries, keys, values, weights, context, output };
  }
  function softmax(row2) {
    const top = row2.reduce((most2, x) => Math.max(most2, x), -Infinity);
    const powers = row2.map((x) => Math.exp(x - top));
    const total = powers.reduce((sum2, power) => sum2 + power, 0);
    return powers.map((power) => power / total);
  }
  function dot(x, y, from, to) {
    let sum2 = 0;
    for (let i = from; i < to; i++) sum2 += x[i] * y[i];
    return sum2;
  }
  function addTo(sum2, weight, row2, from, to) {
    for (let i = from; i < to; i++) sum2[i] += weight * row2[i];
  }

  // translator/inspection/page/js/model/intervention.js
  var NOTHING = Object.freeze({
    ablate: {},
    drop: [],
    override: {},
    temperature: 1,
    scaling: true,
    pads: 0,
    mask: true
  });
  function hiddenPositions({ drop, pads, mask }, sourceLength) {
    const hidden = Array.from(
      { length: sourceLength + pads },
      (_, position) => drop.includes(position) || mask && position >= sourceLength
    );
    if (hidden.every(Boolean)) throw new RangeError("every source position is hidden: leave one");
    return hidden;
  }
  function departures({ intervention, hidden }, layer, stepOf) {
    const { ablate, override, temperature, scaling } = intervention;
    return {
      hidden,
      temperature,
      isScaled: scaling,
      edit(weights, head, query) {
        const given = override[`${layer}.${head}.${stepOf(query)}`];
        if (given) return weights.map((_, position) => given[position] ?? 0);
        const how2 = ablate[`${layer}.${head}`];
        return how2 ? ablated(weights, hidden, how2) : weights;
      }
    };
  }
  function ablated(weights, hidden, how2) {
    const visible = [...weights.keys()].filter((position) => !hidden[position]);
    const half = Math.floor(visible.length / 2);
    const result = new Float32Array(weights.length);
    if (how2 === "zero") return result;
    visible.forEach((position, i) => {
      const other = visible[(i + half) % visible.length];
      if (how2 === "uniform") result[position] = 1 / visible.length;
      else result[other] = weights[position];
    });
    return result;
  }

  // translator/inspection/page/js/model/transformer.js
  var [PAD_ID, UNK_ID, BOS_ID, EOS_ID] = [0, 1, 2, 3];
  var Transformer = class {
    /**
     * @param {Config} config
     * @param {Map<string, Tensor>} tensors by their names in model.safetensors
     */
    constructor(config, tensors) {
      const read2 = new Reader(tensors);
      this.config = config;
      this.embedding = read2.tensor("embedding.weight");
      this.encoderLayers = Array.from(
        { length: config.numEncoderLayers },
        (_, layer) => read2.encoderLayer(`encoder_layers.${layer}`)
      );
      this.encoderNorm = read2.norm("encoder_norm");
      this.decoderLayers = Array.from(
        { length: config.numDecoderLayers },
        (_, layer) => read2.decoderLayer(`decoder_layers.${layer}`)
      );
      this.decoderNorm = read2.norm("decoder_norm");
      this.projections = /* @__PURE__ */ new Map();
    }
    /**
     * Read the source, once however long the target gets.
     * @param {readonly number[]} source
     * @param {Options} options
     * @param {Attentions} [record]
     * @returns {Promise<Encoded>}
     */
    async encode(source, { intervention = NOTHING, signal } = {}, record2) {
      const { numHeads } = this.config;
      const hidden = hiddenPositions(intervention, source.length);
      const padded = [...source, ...new Array(intervention.pads).fill(PAD_ID)];
      let x = this.embed(padded, (row2) => row2);
      for (const layer of this.encoderLayers) {
        await breathe(signal);
        const normed = layerNorm(x, layer.self_attn_norm);
        const attention2 = multiHeadAttention(layer.self_attn, normed, normed, numHeads, { hidden });
        record2?.encoder_self_attn.push(attention2);
        x = feedForward(layer, add(x, attention2.output));
      }
      return { memory: layerNorm(x, this.encoderNorm), hidden, intervention };
    }
    /**
     * The whole target at once: `read` starts with <s>; row t of the logits [T][V] predicts what
     * follows its position t.
     * @param {readonly number[]} read
     * @param {Encoded} encoded
     * @param {Options} options
     * @param {Attentions} [record]
     * @returns {Promise<Rows>}
     */
    async logits(read2, encoded2, { signal } = {}, record2) {
      const { numHeads } = this.config;
      let x = this.embed(read2, (row2) => row2);
      for (const [at, layer] of this.decoderLayers.entries()) {
        await breathe(signal);
        const normed = layerNorm(x, layer.self_attn_norm);
        const past = multiHeadAttention(layer.self_attn, normed, normed, numHeads, {
          isCausal: true
        });
        record2?.decoder_self_attn.push(past);
        x = add(x, past.output);
        const asks = layerNorm(x, layer.cross_attn_norm);
        const options = departures(encoded2, at, (query) => query);
        const cross = multiHeadAttention(layer.cross_attn, asks, encoded2.memory, numHeads, options);
        record2?.cross_attn.push(cross);
        x = feedForward(layer, add(x, cross.output));
      }
      return this.vocabularyLogits(x, signal);
    }
    /**
     * The source's keys and values in every layer, for the decoding steps.
     * @param {Encoded} encoded
     * @returns {KeysAndValues[]}
     */
    start({ memory }) {
      return this.decoderLayers.map(({ cross_attn }) => ({
        keys: project(memory, cross_attn.k_proj),
        values: project(memory, cross_attn.v_proj)
      }));
    }
    /**
     * `logits` for the newest position alone, of several hypotheses of the same length.
     * @param {number[]} newest the last id of each hypothesis
     * @param {KeysAndValues[][]} pasts what each has read before, by layer
     * @param {Encoded} encoded
     * @param {KeysAndValues[]} source see `start`
     * @param {Options} options
     * @returns {Promise<{ logits: Rows, pasts: KeysAndValues[][] }>} a row a hypothesis; the pasts,
     *   one position longer, are new, for hypotheses share those that they come from
     */
    async decodingStep(newest, pasts, encoded2, source, { signal } = {}) {
      const { numHeads } = this.config;
      const step = pasts[0][0].keys.length;
      let x = this.embed(newest, () => step);
      const longer2 = pasts.map(() => []);
      for (const [at, layer] of this.decoderLayers.entries()) {
        await breathe(signal);
        const normed = layerNorm(x, layer.self_attn_norm);
        const queries = project(normed, layer.self_attn.q_proj);
        const keys = project(normed, layer.self_attn.k_proj);
        const values = project(normed, layer.self_attn.v_proj);
        const contexts = queries.map((query, w) => {
          const past = pasts[w][at];
          const now = { keys: [...past.keys, keys[w]], values: [...past.values, values[w]] };
          longer2[w].push(now);
          return attend([query], now.keys, now.values, numHeads).context[0];
        });
        x = add(x, project(contexts, layer.self_attn.out_proj));
        const asks = project(layerNorm(x, layer.cross_attn_norm), layer.cross_attn.q_proj);
        const options = departures(encoded2, at, () => step);
        const { context } = attend(asks, source[at].keys, source[at].values, numHeads, options);
        x = feedForward(layer, add(x, project(context, layer.cross_attn.out_proj)));
      }
      return { logits: await this.vocabularyLogits(x, signal), pasts: longer2 };
    }
    /**
     * The past of a hypothesis that has read nothing yet.
     * @returns {KeysAndValues[]}
     */
    noPast() {
      return this.decoderLayers.map(() => ({ keys: [], values: [] }));
    }
    /**
     * A projection as in x W + b: the rows of W are inputs, its columns outputs.
     * @param {Kind} kind
     * @param {number} layer
     * @param {keyof Projections} name
     */
    projection(kind, layer, name) {
      const key = `${kind}.${layer}.${name}`;
      const found = this.projections.get(key);
      if (found) return found;
      const { weight, bias } = this.projectionsOf(kind, layer)[name];
      const [numOutputs, numInputs] = weight.shape;
      const projection = {
        weight: Array.from(
          { length: numInputs },
          (_, i) => Array.from({ length: numOutputs }, (_2, j) => weight.data[j * numInputs + i])
        ),
        bias: Array.from(bias.data)
      };
      this.projections.set(key, projection);
      return projection;
    }
    /**
     * @param {Kind} kind
     * @param {number} layer
     */
    projectionsOf(kind, layer) {
      if (kind === "encoder_self_attn") return this.encoderLayers[layer].self_attn;
      if (kind === "decoder_self_attn") return this.decoderLayers[layer].self_attn;
      return this.decoderLayers[layer].cross_attn;
    }
    /**
     * Embeddings, stretched to the size of positions, plus positions.
     * @param {readonly number[]} ids
     * @param {(row: number) => number} positionOf
     * @returns {Rows}
     */
    embed(ids, positionOf) {
      const { dModel } = this.config;
      const stretch = Math.sqrt(dModel);
      return ids.map((id, row2) => {
        const embedding = this.embedding.data.subarray(id * dModel, (id + 1) * dModel);
        const position = sinusoid(positionOf(row2), dModel);
        return embedding.map((number, i) => number * stretch + position[i]);
      });
    }
    /**
     * The embedding, transposed, scores the vocabulary.
     * @param {Rows} x
     * @param {AbortSignal} [signal]
     */
    async vocabularyLogits(x, signal) {
      await breathe(signal);
      return project(layerNorm(x, this.decoderNorm), { weight: this.embedding });
    }
  };
  function feedForward({ feed_forward_norm, feed_forward }, x) {
    const wide2 = relu(project(layerNorm(x, feed_forward_norm), feed_forward.in_proj));
    return add(x, project(wide2, feed_forward.out_proj));
  }
  function sinusoid(position, dModel) {
    return Float32Array.from({ length: dModel }, (_, column) => {
      const even = column - column % 2;
      const angle = position * Math.exp(-even * Math.log(1e4) / dModel);
      return column === even ? Math.sin(angle) : Math.cos(angle);
    });
  }
  var Reader = class {
    /** @param {Map<string, Tensor>} tensors */
    constructor(tensors) {
      this.tensors = tensors;
    }
    /**
     * @param {string} name
     * @returns {Tensor}
     */
    tensor(name) {
      const tensor = this.tensors.get(name);
      if (!tensor) throw new Error(`the model has no ${name}`);
      return tensor;
    }
    /** @param {string} name */
    norm(name) {
      return { weight: this.tensor(`${name}.weight`), bias: this.tensor(`${name}.bias`) };
    }
    /** @param {string} name */
    linear(name) {
      return { weight: this.tensor(`${name}.weight`), bias: this.tensor(`${name}.bias`) };
    }
    /** @param {string} name */
    attention(name) {
      return {
        q_proj: this.linear(`${name}.q_proj`),
        k_proj: this.linear(`${name}.k_proj`),
        v_proj: this.linear(`${name}.v_proj`),
        out_proj: this.linear(`${name}.out_proj`)
      };
    }
    /** @param {string} name */
    encoderLayer(name) {
      return {
        self_attn_norm: this.norm(`${name}.self_attn_norm`),
        self_attn: this.attention(`${name}.self_attn`),
        feed_forward_norm: this.norm(`${name}.feed_forward_norm`),
        feed_forward: {
          in_proj: this.linear(`${name}.feed_forward.in_proj`),
          out_proj: this.linear(`${name}.feed_forward.out_proj`)
        }
      };
    }
    /** @param {string} name */
    decoderLayer(name) {
      return {
        ...this.encoderLayer(name),
        cross_attn_norm: this.norm(`${name}.cross_attn_norm`),
        cross_attn: this.attention(`${name}.cross_attn`)
      };
    }
  };

  // translator/inspection/page/js/model/candidates.js
  function logSoftmax(logits) {
    let top = -Infinity;
    for (const logit of logits) if (logit > top) top = logit;
    let total = 0;
    for (const logit of logits) total += Math.exp(logit - top);
    const subtracted = top + Math.log(total);
    return logits.map((logit) => logit - subtracted);
  }
  var generatedLogprobs = (logits) => logSoftmax(logits).fill(-Infinity, 0, EOS_ID);
  function mostProbable(logprobs, totals, count) {
    const found = logprobs.flatMap(
      (row2, place) => largest(row2, count).map((token) => {
        const total = Math.fround(row2[token] + Math.fround(totals[place]));
        return { place, token, logprob: row2[token], total };
      })
    );
    return found.sort((a, b) => b.total - a.total).slice(0, count);
  }
  function largest(row2, count) {
    const places = [];
    let least2 = -Infinity;
    for (let i = 0; i < row2.length; i++) {
      if (row2[i] <= least2) continue;
      let at = places.length;
      while (at > 0 && row2[places[at - 1]] < row2[i]) at--;
      places.splice(at, 0, i);
      if (places.length > count) places.pop();
      if (places.length === count) least2 = row2[places[count - 1]];
    }
    return places;
  }
  function draw(logprobs, uniforms2, { temperature, topK, topP }) {
    return logprobs.flatMap((row2, place) => {
      const probabilities = softmax(row2.map((logprob) => logprob / temperature));
      if (topK > 0 || topP < 1) cutTail(probabilities, topK, topP);
      let sum2 = 0;
      const cumulated = probabilities.map((probability) => sum2 += probability);
      return uniforms2[place].map((uniform) => {
        const wanted = Math.fround(uniform * cumulated[cumulated.length - 1]);
        const token = cumulated.findIndex((below) => below > wanted);
        return { place, token, logprob: row2[token] };
      });
    });
  }
  function cutTail(probabilities, topK, topP) {
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
    const kept = topK > 0 ? order.slice(0, topK) : order;
    const enough = topP * kept.reduce((sum2, token) => sum2 + probabilities[token], 0);
    let before = 0;
    const nucleus = new Set(
      kept.filter((token) => {
        const isIn = before < enough;
        before += probabilities[token];
        return isIn;
      })
    );
    for (const token of order) if (!nucleus.has(token)) probabilities[token] = 0;
  }

  // translator/inspection/page/js/model/draws.js
  function uniforms(source, seed, rows, columns2) {
    const key = sha256(`(${seed}, [${source.join(", ")}])`);
    const next = mersenneTwister((key[0] << 24 | key[1] >>> 8) >>> 0);
    const belowOne = Math.fround(1 - 1e-6);
    return Array.from(
      { length: rows },
      () => Array.from({ length: columns2 }, () => Math.fround(next() % 2 ** 24 * 2 ** -24 * belowOne))
    );
  }
  function sha256(text) {
    const primes = firstPrimes(64);
    const state = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
    const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
    for (const block of blocksOf(text)) {
      const w = new Int32Array(64);
      w.set(block);
      for (let i = 16; i < 64; i++) {
        const s0 = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >>> 3;
        const s1 = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >>> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i++) {
        const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
        const one = h + s1 + (e & f ^ ~e & g) + constants[i] + w[i] | 0;
        const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
        const two = s0 + (a & b ^ a & c ^ b & c) | 0;
        [a, b, c, d, e, f, g, h] = [one + two | 0, a, b, c, d + one | 0, e, f, g];
      }
      for (const [i, x] of [a, b, c, d, e, f, g, h].entries()) state[i] += x;
    }
    return new Uint32Array(state.buffer);
  }
  function blocksOf(text) {
    const numBlocks = Math.ceil((text.length + 9) / 64);
    const words = new Int32Array(16 * numBlocks);
    for (let i = 0; i < text.length; i++) {
      words[i >> 2] |= text.charCodeAt(i) << 24 - 8 * (i % 4);
    }
    words[text.length >> 2] |= 128 << 24 - 8 * (text.length % 4);
    words[words.length - 1] = 8 * text.length;
    return Array.from({ length: numBlocks }, (_, i) => words.subarray(16 * i, 16 * (i + 1)));
  }
  function firstPrimes(count) {
    const primes = [];
    for (let n = 2; primes.length < count; n++) if (primes.every((p2) => n % p2 > 0)) primes.push(n);
    return primes;
  }
  var fraction = (x) => Math.floor(x % 1 * 2 ** 32) | 0;
  var turned = (word, by) => word >>> by | word << 32 - by;
  var [SIZE, DISTANCE] = [624, 397];
  function mersenneTwister(seed) {
    const state = new Uint32Array(SIZE);
    state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      state[i] = Math.imul(1812433253, state[i - 1] ^ state[i - 1] >>> 30) + i;
    }
    let at = 0;
    return () => {
      const mixed = state[at] & 2147483648 | state[(at + 1) % SIZE] & 2147483647;
      state[at] = state[(at + DISTANCE) % SIZE] ^ mixed >>> 1 ^ (mixed % 2 ? 2567483615 : 0);
      let y = state[at];
      at = (at + 1) % SIZE;
      y ^= y >>> 11;
      y ^= y << 7 & 2636928640;
      y ^= y << 15 & 4022730752;
      return (y ^ y >>> 18) >>> 0;
    };
  }

  // translator/inspection/page/js/model/search.js
  var CERTAIN_TOKENS = 3;
  var maxTargetLength = (sourceLength) => 10 + 2 * sourceLength;
  async function decode(transformer, source, strategy, options = {}) {
    const { width, numBest, lengthPenalty } = shapeOf(strategy);
    const limit = maxTargetLength(source.length);
    const choose = chooser(strategy, source, limit);
    const encoded2 = await transformer.encode(source, options);
    const keysAndValues = transformer.start(encoded2);
    const past = transformer.noPast();
    let live = [{ parent: null, token: BOS_ID, logprob: 0, total: 0, past, draw: 0 }];
    let finished = [];
    for (let length2 = 1; live.length > 0 && length2 <= limit; length2++) {
      const { logits, pasts } = await transformer.decodingStep(
        live.map((node) => node.token),
        live.map((node) => node.past),
        encoded2,
        keysAndValues,
        options
      );
      const candidates = choose(logits.map(generatedLogprobs), live, length2);
      const nodes2 = candidates.map((candidate, rank) => longer(live, pasts, candidate, rank));
      const { open, ended } = part(nodes2, width);
      finished = bestFirst([...finished, ...scored(ended, length2, lengthPenalty)]).slice(0, numBest);
      live = finished.length < numBest ? open : survivors(open, finished, length2, lengthPenalty);
    }
    const cutOff = bestFirst(scored(live, limit, lengthPenalty));
    return [...finished, ...cutOff].slice(0, numBest).map(hypothesis);
  }
  function shapeOf(strategy) {
    if (strategy.kind === "sampling") {
      return { width: strategy.numSamples, numBest: strategy.numSamples, lengthPenalty: 1 };
    }
    return { width: strategy.beamSize, ...strategy };
  }
  function chooser(strategy, source, limit) {
    if (strategy.kind === "beam") {
      const count = strategy.beamSize === 1 ? 1 : 2 * strategy.beamSize;
      return (logprobs, live) => {
        const totals = live.map((node) => node.total);
        return mostProbable(logprobs, totals, count);
      };
    }
    const uniform = uniforms(source, strategy.seed, limit, strategy.numSamples);
    return (logprobs, live, length2) => {
      const row2 = uniform[length2 - 1];
      const own = length2 === 1 ? [row2] : live.map((node) => [row2[node.draw]]);
      return draw(logprobs, own, strategy);
    };
  }
  function longer(live, pasts, { place, token, logprob }, rank) {
    const parent = live[place];
    const total = parent.total + logprob;
    const drawn2 = parent.parent === null ? rank : parent.draw;
    return { parent, token, logprob, total, past: pasts[place], draw: drawn2 };
  }
  function part(nodes2, width) {
    const going = nodes2.filter((node) => node.token !== EOS_ID).slice(0, width);
    const last = going.length === width ? nodes2.indexOf(going[width - 1]) : nodes2.length;
    const ended = nodes2.slice(0, Math.min(last, width)).filter((node) => node.token === EOS_ID);
    return { open: going, ended };
  }
  function survivors(open, finished, length2, lengthPenalty) {
    const end = length2 + (lengthPenalty > 0 ? CERTAIN_TOKENS : 1);
    const worst = finished[finished.length - 1].score * end ** lengthPenalty;
    return open.filter((node) => node.total > worst);
  }
  var scored = (nodes2, length2, lengthPenalty) => nodes2.map((node) => ({ score: node.total / length2 ** lengthPenalty, node }));
  var bestFirst = (list3) => list3.toSorted((a, b) => b.score - a.score);
  function hypothesis({ score: score2, node }) {
    const nodes2 = [];
    for (let at = node; at.parent; at = at.parent) nodes2.unshift(at);
    return { ids: nodes2.map((at) => at.token), logprobs: nodes2.map((at) => at.logprob), score: score2 };
  }

  // translator/inspection/page/js/numbers.js
  var MINUS = "−";
  var sum = (list3) => list3.reduce((total, x) => total + x, 0);
  var dot2 = (a, b) => a.reduce((total, x, i) => total + x * b[i], 0);
  var length = (vector) => Math.sqrt(dot2(vector, vector));
  var largest2 = (list3) => list3.indexOf(Math.max(...list3));
  var most = (rows) => Math.max(1e-9, ...rows.map((row2) => Math.max(...row2.map(Math.abs))));
  var within = (place, size) => Math.max(0, Math.min(size - 1, place));
  function num(x, digits = 3) {
    if (x === -Infinity) return `${MINUS}∞`;
    if (Math.abs(x) < 0.5 * 10 ** -digits) return 0 .toFixed(digits);
    return x.toFixed(digits).replace("-", MINUS);
  }
  var signed = (x, digits = 2) => (x > 0 && num(x, digits) !== num(0, digits) ? "+" : "") + num(x, digits);
  var factor = (x) => x < 0 ? `(${num(x)})` : num(x);
  var products = (a, b) => a.map((x, i) => `${factor(x)} × ${factor(b[i])}`).join(" + ");
  var whole = (x) => `${(100 * x).toFixed(0)}%`.replace("-", MINUS);
  function chance(p2) {
    if (p2 >= 0.1) return whole(p2);
    return p2 >= 1e-4 ? `${Number((100 * p2).toPrecision(2))}%` : "< 0.01%";
  }

  // translator/inspection/page/js/check.js
  var TOLERANCE = 0.01;
  async function checkItself({ embedded, model, beam: beam2 }) {
    const { checks } = embedded;
    let same = 0;
    const never = new AbortController().signal;
    for (const { text, translation: translation2, logprob } of checks) {
      await breathe(never);
      const [best] = await decode(model.transformer, model.tokenizer.encode(text), beam2);
      const isSame = model.tokenizer.text(best.ids) === translation2 && Math.abs(sum(best.logprobs) - logprob) < TOLERANCE;
      same += isSame ? 1 : 0;
    }
    const found = byId("check");
    found.dataset.same = String(same);
    found.textContent = same === checks.length ? `This page translates as the program does: ${same} of ${checks.length} sentences checked just now.` : `Careful: of ${checks.length} sentences that the program translated, this page translates ${same} in the same way. What it shows may be wrong in this browser.`;
  }

  // translator/inspection/page/js/labels.js
  var BYTE = /^<0x[0-9A-F]{2}>$/;
  var RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  var show = (piece) => piece.replaceAll("▁", "") || piece;
  function nameAll(pieces) {
    const named2 = pieces.map((piece, i) => BYTE.test(piece) ? byteName(pieces, i) : show(piece));
    const counts = /* @__PURE__ */ new Map();
    for (const name of named2) counts.set(name, (counts.get(name) ?? 0) + 1);
    const seen = /* @__PURE__ */ new Map();
    return named2.map((name) => {
      if (counts.get(name) === 1) return name;
      seen.set(name, (seen.get(name) ?? 0) + 1);
      return `${name}${raised(seen.get(name) ?? 1)}`;
    });
  }
  var raised = (n) => [...String(n)].map((digit) => RAISED[Number(digit)]).join("");
  function byteName(pieces, i) {
    const isByte = (at) => BYTE.test(pieces[at] ?? "");
    const value2 = (at) => Number.parseInt(pieces[at].slice(3, 5), 16);
    let start2 = i;
    while (isByte(start2 - 1) && (value2(start2) & 192) === 128) start2--;
    let end = start2 + 1;
    while (isByte(end) && (value2(end) & 192) === 128) end++;
    const bytes = Array.from({ length: end - start2 }, (_, k) => value2(start2 + k));
    const char = new TextDecoder().decode(new Uint8Array(bytes));
    return char.includes("�") ? pieces[i] : char;
  }
  var quoted = (name) => `“${name}”`;
  var headName = (layer, head) => `layer ${layer + 1}, head ${head + 1}`;
  var spans = (label) => typeof label === "string" ? [[label, ""]] : label;
  var plain = (label) => spans(label).map(([text]) => text).join("");

  // translator/inspection/page/js/changes.js
  var MADE = { zero: "muted", uniform: "made uniform", permute: "moved to other tokens" };
  function changesOf(intervention, { names }) {
    const { ablate, drop, override, temperature, scaling, pads, mask } = intervention;
    const heads3 = Object.entries(ablate).map(([place, how2]) => {
      const [layer, head] = place.split(".").map(Number);
      return {
        name: `${headName(layer, head)} ${MADE[how2]}`,
        undone: { ...intervention, ablate: without(ablate, place) }
      };
    });
    const dropped = drop.map((position) => ({
      name: `“${names.source[position]}” hidden`,
      undone: { ...intervention, drop: drop.filter((one) => one !== position) }
    }));
    const rows = Object.keys(override).map((place) => {
      const [layer, head, step] = place.split(".").map(Number);
      return {
        name: `${headName(layer, head)}, decoding step ${step + 1}: weights set by you`,
        undone: { ...intervention, override: without(override, place) }
      };
    });
    return [
      ...heads3,
      ...dropped,
      ...rows,
      temperature !== 1 && {
        name: `temperature ${num(temperature, 1)}`,
        undone: { ...intervention, temperature: 1 }
      },
      !scaling && { name: "scores not divided", undone: { ...intervention, scaling: true } },
      pads > 0 && {
        name: `${pads} <pad> added`,
        undone: { ...intervention, pads: 0, mask: true }
      },
      !mask && { name: "padding mask off", undone: { ...intervention, mask: true } }
    ].filter((one) => one !== false);
  }
  var isNothing = ({ ablate, drop, override, temperature, scaling, pads, mask }) => !Object.keys(ablate).length && !drop.length && !Object.keys(override).length && temperature === 1 && scaling && pads === 0 && mask;
  function toggleHead(intervention, layer, head) {
    const place = `${layer}.${head}`;
    return place in intervention.ablate ? { ...intervention, ablate: without(intervention.ablate, place) } : ablating(intervention, [place], "zero");
  }
  function ablating({ ablate, override, ...others }, places, how2) {
    const rows = Object.entries(override).filter(
      ([row2]) => !places.some((place) => row2.startsWith(`${place}.`))
    );
    return {
      ...others,
      override: Object.fromEntries(rows),
      ablate: { ...ablate, ...Object.fromEntries(places.map((place) => [place, how2])) }
    };
  }
  var toggleToken = (intervention, position) => intervention.drop.includes(position) ? { ...intervention, drop: intervention.drop.filter((one) => one !== position) } : hiding(intervention, [position]);
  function hiding(intervention, positions) {
    const drop = [.../* @__PURE__ */ new Set([...intervention.drop, ...positions])].sort((a, b) => a - b);
    const rows = Object.entries(intervention.override);
    const override = Object.fromEntries(
      rows.map(([place, weights]) => [place, withoutTokens(weights, drop)])
    );
    return { ...intervention, drop, override };
  }
  function withoutTokens(weights, drop) {
    const left = weights.map((w, s) => drop.includes(s) ? 0 : w);
    const rest = sum(left);
    if (rest > 0) return left.map((w) => w / rest);
    return left.map((_, s) => drop.includes(s) ? 0 : 1 / (left.length - drop.length));
  }
  var withRow = (intervention, { layer, head, step }, weights) => ({
    ...intervention,
    override: { ...intervention.override, [`${layer}.${head}.${step}`]: weights }
  });
  var withoutRow = (intervention, { layer, head, step }) => ({
    ...intervention,
    override: without(intervention.override, `${layer}.${head}.${step}`)
  });
  var forAnotherSentence = (intervention) => ({
    ...intervention,
    drop: NOTHING.drop,
    override: NOTHING.override
  });
  var without = (record2, key) => Object.fromEntries(Object.entries(record2).filter(([name]) => name !== key));

  // translator/inspection/page/js/controls.js
  var SECTIONS = ["Who asks", "Q, K, V", "One row", "Matrix", "Heads", "What if", "Explains?"];
  function controls(page) {
    const { names, numSteps, numLayers, numHeads } = page.inspection;
    const { step } = page.state;
    const steps = names.writes.map(
      (name, t) => `${t + 1} of ${numSteps}: ${names.reads[t]} → ${name}`
    );
    return [
      el(
        "div",
        { class: "tools" },
        el(
          "span",
          { class: "stepper" },
          button(
            "back",
            "Previous decoding step",
            "‹",
            step === 0,
            () => page.go({ step: step - 1 })
          ),
          list(page, "step", "decoding step", steps),
          button(
            "on",
            "Next decoding step",
            "›",
            step === numSteps - 1,
            () => page.go({ step: step + 1 })
          )
        ),
        list(page, "layer", "layer", counted(numLayers)),
        list(page, "head", "head", counted(numHeads)),
        el(
          "span",
          { class: "jumps" },
          SECTIONS.map(
            (name, i) => el("a", { href: `#section-${i + 1}`, onclick: (event) => jump(event, i + 1) }, name)
          )
        )
      ),
      page.isChanged() && bar(page)
    ];
  }
  function bar(page) {
    const { intervention } = page.state;
    return el(
      "div",
      { class: "tools changed", id: "changed", role: "group", "aria-label": "Your changes" },
      el("b", {}, "You changed the model:"),
      changesOf(intervention, page.inspection).map(
        ({ name, undone }, i) => el(
          "button",
          { id: `undo-${i}`, "aria-label": `Take back: ${name}`, onclick: () => page.change(undone) },
          name,
          el("span", { "aria-hidden": "true" }, " ×")
        )
      ),
      el(
        "button",
        { id: "reset", class: "main", onclick: () => page.change(NOTHING) },
        "Put it back"
      )
    );
  }
  function jump(event, number) {
    event.preventDefault();
    const title = document.getElementById(`title-${number}`);
    title?.scrollIntoView();
    title?.focus({ preventScroll: true });
  }
  var counted = (n) => Array.from({ length: n }, (_, i) => `${i + 1} of ${n}`);
  var list = (page, name, label, texts) => dropDown(
    `at-${name}`,
    label,
    texts.map((text, i) => [i, text]),
    page.state[name],
    (value2) => page.go({ [name]: Number(value2) })
  );
  var button = (id, label, sign, disabled, onclick) => el("button", { id, "aria-label": label, disabled, onclick }, sign);

  // translator/inspection/page/js/form.js
  var PAUSE_IN_MILLISECONDS = 80;
  var MAX_CHARACTERS = 2e3;
  function askForm(page) {
    const { examples, languages } = page.embedded;
    let timer = 0;
    const field = el("input", {
      id: "text",
      value: page.state.text,
      maxlength: MAX_CHARACTERS,
      autocomplete: "off",
      spellcheck: "false",
      lang: languages?.source,
      oninput: () => {
        clearTimeout(timer);
        timer = window.setTimeout(() => ask(page, field.value), PAUSE_IN_MILLISECONDS);
      }
    });
    const others = el(
      "select",
      {
        id: "examples",
        "aria-label": "Examples",
        onchange: () => {
          field.value = others.value;
          others.selectedIndex = 0;
          ask(page, field.value);
        }
      },
      el("option", { value: "" }, "or take an example …"),
      examples.map((text) => el("option", { value: text }, text))
    );
    return el(
      "form",
      {
        id: "ask",
        onsubmit: (event) => {
          event.preventDefault();
          clearTimeout(timer);
          ask(page, field.value);
        }
      },
      el(
        "span",
        { class: "above" },
        el("label", { for: "text" }, `Type a sentence${inLanguage(languages?.source)}`),
        others
      ),
      el("span", { class: "field" }, field, el("button", { id: "translate" }, "Translate"))
    );
  }
  function ask(page, text) {
    if (text === page.state.text && page.state.tgt === null && !page.refusal) return;
    const intervention = forAnotherSentence(page.state.intervention);
    page.go({ text, tgt: null, hypothesis: 0, intervention });
  }
  function inLanguage(language) {
    if (!language) return "";
    return ` in ${new Intl.DisplayNames("en", { type: "language" }).of(language)}`;
  }

  // translator/inspection/page/js/pictures.js
  var drawing = (width, height, attributes, ...children) => svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, ...attributes }, children);
  var bar2 = (share, look, width) => svg(
    "svg",
    { class: "bar", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
    svg("rect", { class: "track", width, height: 12, rx: 2 }),
    svg("rect", { class: look, width: Math.max(0, Math.min(1, share)) * width, height: 12, rx: 2 })
  );
  var twoWay = (x, top, width) => svg(
    "svg",
    { class: "bar", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
    svg("rect", { class: "track", width, height: 12, rx: 2 }),
    svg("rect", {
      class: x < 0 ? "minus" : "plus",
      height: 12,
      width: Math.min(1, Math.abs(x) / top) * width / 2,
      x: x < 0 ? width / 2 * (1 - Math.min(1, -x / top)) : width / 2
    }),
    svg("path", { class: "axis", d: `M${width / 2} 0V12` })
  );
  function legend(top, side = null, digits = 2) {
    const steps = side ? [0, 0.25, 0.5, 0.75, 1] : [-1, -0.5, 0, 0.5, 1];
    const box = (i) => ({ x: 6 + 44 * i, y: 1, width: 42, height: 11 });
    return svg(
      "svg",
      {
        class: "legend",
        width: 230,
        height: 30,
        viewBox: "0 0 230 30",
        role: "img",
        "aria-label": side ? `Colours from 0 to ${num(top, digits)}` : `Colours from ${num(-top, digits)} to ${num(top, digits)}`
      },
      steps.map((x, i) => [
        svg("rect", { class: "ground", ...box(i) }),
        svg("rect", {
          class: side || (x < 0 ? "minus" : "plus"),
          ...box(i),
          "fill-opacity": Math.abs(x)
        }),
        svg(
          "text",
          { class: "tick", x: 27 + 44 * i, y: 26, "text-anchor": "middle" },
          num(x * top, digits)
        )
      ])
    );
  }
  var ruler = null;
  var widths = /* @__PURE__ */ new Map();
  function makeRuler() {
    const context = document.createElement("canvas").getContext("2d");
    if (!context) throw new Error("this browser cannot measure text");
    const family = getComputedStyle(document.documentElement).getPropertyValue("--sans");
    return { context, family };
  }
  function textWidth(text, size = 13, weight = 400) {
    ruler ??= makeRuler();
    const font = `${weight} ${size}px ${ruler.family}`;
    const known = widths.get(font + text);
    if (known !== void 0) return known;
    ruler.context.font = font;
    const { width } = ruler.context.measureText(text);
    widths.set(font + text, width);
    return width;
  }
  var labelWidth = (label) => sum(spans(label).map(([text, look]) => textWidth(text, 12, look.includes("strong") ? 700 : 400)));
  var gutterOf = (labels) => Math.max(...labels.map(labelWidth)) + 10;
  var written = (label) => spans(label).map(([text, look]) => svg("tspan", { class: look }, text));

  // translator/inspection/page/js/grid.js
  function heat(page, given) {
    const grid = {
      rows: null,
      columns: null,
      side: null,
      top: most(given.values),
      pick: null,
      hidden: () => false,
      numbers: null,
      current: -1,
      gutter: 0,
      rowSide: "",
      columnSide: "",
      extra: null,
      ...given,
      n: given.values.length,
      m: given.values[0].length,
      darkest: darkestOf(page)
    };
    const { id, n, m, width, height, current, extra } = grid;
    const box = boxOf(grid);
    const picture4 = drawing(box.left + width * m + box.over + 2, box.above + height * n + 2, {
      role: "grid",
      id,
      "aria-label": grid.label,
      "aria-rowcount": n,
      "aria-colcount": m
    });
    const ground = { x: box.left, y: box.above, width: width * m, height: height * n };
    picture4.append(svg("rect", { class: "ground", ...ground }));
    if (grid.columns) picture4.append(columnLabels(grid, grid.columns, box));
    const [stopI, stopJ] = page.lastCell.get(id) ?? [Math.max(0, current), 0];
    const stop = [Math.min(stopI, n - 1), Math.min(stopJ, m - 1)];
    picture4.append(...grid.values.map((_, i) => cellsOfRow(grid, box, i, stop)));
    if (current >= 0) {
      picture4.append(outlined(box.left, box.above + height * current, width * m, height));
    }
    if (extra) picture4.append(extra(box, width));
    walk(page, picture4, grid);
    return picture4;
  }
  var outlined = (x, y, width, height) => svg("rect", { class: "current", x: x - 1, y: y - 1, width: width + 2, height: height + 1 });
  function boxOf({ rows, columns: columns2, width, gutter: gutter2, m }) {
    const left = Math.max(gutter2, rows ? gutterOf(rows) : 1);
    if (!columns2) return { left, above: 1, over: 0, leaning: false };
    const longest = Math.max(...columns2.map(labelWidth));
    if (longest <= width - 4) return { left, above: 20, over: 0, leaning: false };
    const over = columns2.map((label, j) => 0.64 * labelWidth(label) + 12 - width * (m - j - 0.5));
    return { left, above: longest * 0.77 + 16, over: Math.max(0, ...over), leaning: true };
  }
  function columnLabels({ columnSide, width }, columns2, { left, above, leaning }) {
    const place = (j) => {
      const x = left + width * (j + 0.5);
      const y = above - 6;
      return leaning ? { transform: `translate(${x + 4} ${y}) rotate(-50)` } : { x, y, "text-anchor": "middle" };
    };
    const labels = columns2.map(
      (label, j) => svg("text", { role: "columnheader", ...place(j) }, written(label))
    );
    return svg("g", { role: "row", class: columnSide }, labels);
  }
  function cellsOfRow(grid, { left, above }, i, stop) {
    const { rows, height } = grid;
    const y = above + height * i;
    const group = svg("g", { role: "row" });
    if (rows) {
      const place = { x: left - 7, y: y + height / 2 + 4, "text-anchor": "end" };
      group.append(
        svg("text", { role: "rowheader", class: grid.rowSide, ...place }, written(rows[i]))
      );
    }
    grid.values[i].forEach((value2, j) => {
      const x = left + grid.width * j;
      const isStop = i === stop[0] && j === stop[1];
      group.append(...cell(grid, value2, { i, j, x, y, isStop }));
    });
    return group;
  }
  function cell(grid, value2, { i, j, x, y, isStop }) {
    const { id, width, height, side, top, tell, hidden, numbers, darkest } = grid;
    const strength = Math.min(1, Math.abs(value2) / top);
    const texts = numbers && !hidden(i, j) ? [numbers(value2, i, j)].flat().filter(Boolean) : [];
    const drawn2 = [
      svg("rect", {
        class: `cell ${side || (value2 < 0 ? "minus" : "plus")}`,
        role: "gridcell",
        id: `${id}-${i}-${j}`,
        tabindex: isStop ? 0 : -1,
        "aria-label": tell(i, j),
        x,
        y,
        width: width - Math.min(1, width / 8),
        height: height - 1,
        "fill-opacity": strength.toFixed(3)
      }),
      ...texts.map(
        (text, line) => svg(
          "text",
          {
            class: strength > darkest ? "number on" : "number",
            "aria-hidden": "true",
            x: x + width / 2,
            y: y + height / 2 + 4 + 13 * (line - (texts.length - 1) / 2),
            "text-anchor": "middle"
          },
          text
        )
      )
    ];
    if (hidden(i, j)) {
      const line = `M${x + 3} ${y + height - 4}l${width - 7} ${7 - height}`;
      drawn2.push(svg("path", { class: "struck", d: line }));
    }
    return drawn2;
  }
  var darkestOf = ({ dark, printing }) => dark.matches && !printing ? 0.55 : 0.78;
  function walk(page, picture4, { id, n, m, tell, pick }) {
    const readoutOf = () => picture4.closest(".view")?.querySelector(".readout");
    const read2 = (at) => {
      const readout = readoutOf();
      if (!readout) return;
      readout.textContent = tell(...at);
      readout.classList.remove("quiet");
    };
    const focus = ([i, j]) => {
      const to = `${id}-${within(i, n)}-${within(j, m)}`;
      document.getElementById(to)?.focus();
    };
    picture4.addEventListener("mousemove", (event) => {
      const at = cellOf(id, event);
      if (at && placeOf(event) !== page.pointer) read2(at);
    });
    picture4.addEventListener("focusin", (event) => {
      const at = cellOf(id, event);
      if (!at) return;
      picture4.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
      event.target.setAttribute("tabindex", "0");
      page.lastCell.set(id, at);
      read2(at);
    });
    picture4.addEventListener("click", (event) => {
      const at = cellOf(id, event);
      if (at) pick?.(...at);
    });
    picture4.addEventListener("keydown", (event) => {
      const at = cellOf(id, event);
      if (!at) return;
      const picks = event.key === "Enter" || event.key === " ";
      const to = target(event, at, [n, m]);
      if (!picks && !to) return;
      event.preventDefault();
      if (to) focus(to);
      else pick?.(...at);
    });
  }
  var placeOf = (event) => `${event.screenX} ${event.screenY}`;
  function cellOf(id, event) {
    const at = (
      /** @type {Element} */
      event.target.id
    );
    if (!at.startsWith(`${id}-`)) return null;
    const [i, j] = at.slice(id.length + 1).split("-").map(Number);
    return [i, j];
  }
  function target({ key, ctrlKey }, [i, j], [n, m]) {
    const targets = {
      ArrowUp: [i - 1, j],
      ArrowDown: [i + 1, j],
      ArrowLeft: [i, j - 1],
      ArrowRight: [i, j + 1],
      Home: [ctrlKey ? 0 : i, 0],
      End: [ctrlKey ? n - 1 : i, m - 1]
    };
    return targets[key];
  }

  // translator/inspection/page/js/model/normalization.js
  var SPACE = "▁";
  var MAX_MARKS = 30;
  var WHITE = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
  var CONTROL = String.raw`\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f`;
  var INVISIBLE = String.raw`\u00ad\u061c\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff` + String.raw`\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e001f}`;
  var SELECTORS = String.raw`\u034f\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\u{e0020}-\u{e007f}` + String.raw`\u{e0100}-\u{e01ef}`;
  var SELECTED = String.raw`\u0590-\u109f\u1780-\u18af\u20d0-\u20ff\u2190-\u2bff\u2e80-\ud7ff\uf900-\ufaff` + String.raw`\ufb1d-\ufdff\ufe70-\ufefe\u{10a00}-\u{dffff}`;
  var SEQUENCE = String.raw`(?<=\x1b)(?:\[[0-?]*[!-\/]*[@-~]|O[A-Z])`;
  var BLANKS = new RegExp(`[${WHITE}]+`, "gu");
  var LEFT_OUT = new RegExp(`[${CONTROL}${INVISIBLE}](?:${SEQUENCE})?`, "gu");
  var IDLE = new RegExp(
    `[${SELECTORS}](?<![${SELECTED}${SELECTORS}][${SELECTORS}])[${SELECTORS}]*`,
    "gu"
  );
  var HALF_A_PAIR = /\p{Surrogate}/gu;
  var MANY_MARKS = new RegExp(`\\p{Mark}{${MAX_MARKS + 1},}`, "gu");
  function normalize(text) {
    const seen = text.replace(HALF_A_PAIR, "�").replace(LEFT_OUT, "").replaceAll(SPACE, " ").replace(IDLE, "").replace(MANY_MARKS, bounded);
    return singleSpaced(seen.normalize("NFC"));
  }
  var singleSpaced = (text) => text.replace(BLANKS, " ").replace(/^ | $/g, "");
  function bounded(marks) {
    let count = 0;
    return [...marks].filter((mark) => {
      count = isOrdered(mark) ? count + 1 : 0;
      return count <= MAX_MARKS;
    }).join("");
  }
  function isOrdered(mark) {
    if (/[\u0f73\u0f75\u0f81]/.test(mark)) return false;
    return mark === "ͅ" || !`ͅ${mark}`.normalize("NFD").startsWith("ͅ");
  }

  // translator/inspection/page/js/model/utf8.js
  var UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  function charactersOf(bytes) {
    const characters = [];
    for (let at = 0; at < bytes.length; ) {
      const length2 = lengthAsFirst(bytes[at]);
      const character = decoded(bytes.slice(at, at + length2));
      const numBytes = character === null ? 1 : length2;
      characters.push({ character: character ?? "�", numBytes });
      at += numBytes;
    }
    return characters;
  }
  var lengthAsFirst = (byte) => byte < 192 ? 1 : byte < 224 ? 2 : byte < 240 ? 3 : 4;
  function decoded(bytes) {
    try {
      return UTF8.decode(Uint8Array.from(bytes));
    } catch {
      return null;
    }
  }

  // translator/inspection/page/js/model/tokenizer.js
  var SPECIALS = [PAD_ID, UNK_ID, BOS_ID, EOS_ID];
  var UNKNOWN_PENALTY = 10;
  var Tokenizer = class {
    /** @param {Vocabulary} vocabulary */
    constructor({ kind, pieces, scores, bytes }) {
      this.kind = kind;
      this.allPieces = pieces;
      this.byteIds = bytes;
      this.byteOf = new Map(bytes.map((id, byte) => [id, byte]));
      const isWritten = (id) => !SPECIALS.includes(id) && !this.byteOf.has(id);
      const ids = [...pieces.keys()].filter(isWritten);
      this.ids = new Map(ids.map((id) => [pieces[id], id]));
      this.scores = new Map([...this.ids].map(([piece, id]) => [piece, Math.fround(scores[id])]));
      const worst = Math.min(...this.scores.values());
      this.unknownScore = Math.fround(worst - UNKNOWN_PENALTY);
      this.longest = Math.max(...[...this.ids.keys()].map((piece) => [...piece].length));
    }
    /**
     * Ids of the text, then </s>. A special typed as text is text.
     * @param {string} text
     */
    encode(text) {
      const words = normalize(text).split(" ").filter(Boolean);
      const spaced = words.map((word) => [...SPACE, ...word]);
      const pieces = this.kind === "bpe" ? spaced.flatMap((word) => this.merged(word)) : this.mostProbable(spaced.flat());
      return [...pieces.flatMap((piece) => this.spell(piece)), EOS_ID];
    }
    /**
     * The spelling of each id; specials and bytes too: </s>, <0xE2>.
     * @param {readonly number[]} ids
     */
    pieces(ids) {
      return ids.map((id) => this.allPieces[id]);
    }
    /**
     * The text of ids, specials left out.
     * @param {readonly number[]} ids
     */
    text(ids) {
      let text = "";
      let bytes = [];
      for (const id of ids) {
        const byte = this.byteOf.get(id);
        if (SPECIALS.includes(id)) continue;
        if (byte !== void 0) {
          bytes.push(byte);
          continue;
        }
        text += spelledBy(bytes);
        bytes = [];
        const piece = this.allPieces[id];
        const isFirst = text === "" && piece.startsWith(SPACE);
        text += (isFirst ? piece.slice(1) : piece).replaceAll(SPACE, " ");
      }
      return text + spelledBy(bytes);
    }
    /**
     * Byte pair encoding (Sennrich et al. 2016): of two neighbours whose union is a piece, those that
     * were merged first in training are merged, the leftmost first, until none is left.
     * @param {string[]} symbols characters of a word
     */
    merged(symbols) {
      const scoreAt = (at) => this.scores.get(symbols[at] + symbols[at + 1]) ?? -Infinity;
      for (; ; ) {
        let [best, place] = [-Infinity, -1];
        for (let at = 0; at + 1 < symbols.length; at++) {
          const score2 = scoreAt(at);
          if (score2 > best) [best, place] = [score2, at];
        }
        if (place < 0) return symbols;
        symbols.splice(place, 2, symbols[place] + symbols[place + 1]);
      }
    }
    /**
     * Unigram (Kudo 2018): the pieces whose log-probabilities sum to the most, by Viterbi's way. A
     * character that is no piece has the score of an unknown one.
     * @param {string[]} characters of a sentence
     */
    mostProbable(characters) {
      const total = new Float32Array(characters.length + 1).fill(-Infinity);
      const start2 = new Int32Array(characters.length + 1);
      total[0] = 0;
      for (let from = 0; from < characters.length; from++) {
        let piece = "";
        for (let to = from + 1; to <= Math.min(from + this.longest, characters.length); to++) {
          piece += characters[to - 1];
          let score2 = this.scores.get(piece);
          if (to === from + 1) score2 ??= this.unknownScore;
          if (score2 === void 0) continue;
          const sum2 = Math.fround(total[from] + score2);
          if (sum2 > total[to]) {
            total[to] = sum2;
            start2[to] = from;
          }
        }
      }
      const pieces = [];
      for (let to = characters.length; to > 0; to = start2[to]) {
        pieces.unshift(characters.slice(start2[to], to).join(""));
      }
      return pieces;
    }
    /** @param {string} piece */
    spell(piece) {
      const id = this.ids.get(piece);
      if (id !== void 0) return [id];
      return [...new TextEncoder().encode(piece)].map((byte) => this.byteIds[byte]);
    }
  };
  var spelledBy = (bytes) => charactersOf(bytes).reduce((text, { character }) => text + character, "");

  // translator/inspection/page/js/model/weights.js
  var readTensors = (tensors, precision) => new Map(tensors.map((tensor) => [tensor.name, readTensor(tensor, precision)]));
  function readTensor({ shape, data, scales }, precision) {
    const bytes = fromBase64(data);
    if (precision === "float16") return { shape, data: fromFloat16(new Uint16Array(bytes)) };
    if (!scales) return { shape, data: new Float32Array(bytes) };
    return { shape, data: fromInt8(new Int8Array(bytes), new Float32Array(fromBase64(scales))) };
  }
  function fromBase64(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes.buffer;
  }
  function fromInt8(numbers, scales) {
    const width = numbers.length / scales.length;
    return Float32Array.from(numbers, (number, i) => number * scales[Math.floor(i / width)]);
  }
  function fromFloat16(halves) {
    const bits = new Uint32Array(halves.length);
    const numbers = new Float32Array(bits.buffer);
    for (let i = 0; i < halves.length; i++) {
      const half = halves[i];
      const sign = (half & 32768) << 16;
      const rest = half & 32767;
      if (rest < 1024) numbers[i] = (sign ? -rest : rest) * 2 ** -24;
      else bits[i] = sign | (rest << 13) + (112 << 23);
    }
    return numbers;
  }

  // translator/inspection/page/js/model/model.js
  var readModel = ({ config, precision, tensors, vocabulary }) => ({
    tokenizer: new Tokenizer(vocabulary),
    transformer: new Transformer(config, readTensors(tensors, precision))
  });

  // translator/inspection/page/js/attention.js
  function rowOf({ inspection, original, state }) {
    const { layer, head, step, intervention } = state;
    const { queries, keys, values, mask: hidden, weights, contexts } = inspection.cross[layer];
    const q = queries[head][step];
    const scores = keys[head].map((k) => dot2(q, k));
    const root = intervention.scaling ? Math.sqrt(q.length) : 1;
    const scaled = scores.map((x) => x / root);
    const found = softmax2(scaled, hidden, intervention.temperature);
    const own = original.cross[layer].weights[head][step] ?? null;
    return {
      q,
      K: keys[head],
      V: values[head],
      hidden,
      scores,
      scaled,
      ...found,
      weights: weights[head][step],
      context: contexts[head][step],
      own: own && scores.map((_, s) => own[s] ?? 0)
    };
  }
  function softmax2(scaled, hidden, temperature) {
    const logits = scaled.map((x, s) => hidden[s] ? -Infinity : x / temperature);
    const top = Math.max(...logits);
    const powers = logits.map((x) => Math.exp(x - top));
    const total = sum(powers);
    return { logits, powers, total, softmax: powers.map((x) => x / total) };
  }
  function withWeight(weights, hidden, at, value2) {
    const others = weights.map((w, s) => s === at || hidden[s] ? 0 : w);
    const free = hidden.filter((is, s) => !is && s !== at).length;
    if (free === 0) return weights.map((_, s) => s === at ? 1 : 0);
    const rest = sum(others);
    const share = (w) => rest > 1e-9 ? w / rest * (1 - value2) : (1 - value2) / free;
    return others.map((w, s) => {
      if (s === at) return value2;
      return hidden[s] ? 0 : share(w);
    });
  }
  var mix = (weights, V) => V[0].map((_, i) => sum(weights.map((weight, s) => weight * V[s][i])));
  function switched(weights) {
    const [first, second] = heaviest(weights);
    return weights.map((w, s) => {
      if (s === first) return weights[second];
      return s === second ? weights[first] : w;
    });
  }
  var heaviest = (weights) => weights.map((_, s) => s).sort((a, b) => weights[b] - weights[a]);
  function stepWorthLooking(weights) {
    const seconds = weights.slice(0, Math.max(1, weights.length - 1)).map((row2) => {
      const [, second] = heaviest(row2);
      return row2[second] ?? 0;
    });
    return seconds.indexOf(Math.max(...seconds));
  }
  function project2(wO, context, head) {
    const out = new Array(wO[0].length).fill(0);
    context.forEach((x, i) => {
      const line = wO[head * context.length + i];
      for (let j = 0; j < out.length; j++) out[j] += x * line[j];
    });
    return (
      /** @type {number[]} */
      out
    );
  }

  // translator/inspection/page/js/model/record.js
  async function record(transformer, source, target3, options = {}) {
    const kept = { encoder_self_attn: [], decoder_self_attn: [], cross_attn: [] };
    const encoded2 = await transformer.encode(source, options, kept);
    const logits = await transformer.logits(readBefore(target3), encoded2, options, kept);
    const self2 = (kind) => kept[kind].map((attention2, layer) => ({
      weights: attention2.weights.map(plain2),
      norms: norms(transformer, kind, layer, attention2)
    }));
    return {
      memory: plain2(encoded2.memory),
      logprobs: logits.map(logSoftmax),
      cross: kept.cross_attn.map((attention2, layer) => ({
        queryInput: plain2(attention2.queryInput),
        queries: heads(transformer, attention2.queries),
        keys: heads(transformer, attention2.keys),
        values: heads(transformer, attention2.values),
        mask: encoded2.hidden,
        weights: attention2.weights.map(plain2),
        norms: norms(transformer, "cross_attn", layer, attention2),
        contexts: heads(transformer, attention2.context),
        output: plain2(attention2.output)
      })),
      encoderSelf: self2("encoder_self_attn"),
      decoderSelf: self2("decoder_self_attn")
    };
  }
  async function score(transformer, source, target3, options = {}) {
    const encoded2 = await transformer.encode(source, options);
    const logits = await transformer.logits(readBefore(target3), encoded2, options);
    const logprobs = logits.map(logSoftmax);
    return {
      logprobs: logprobs.map((row2, step) => row2[target3[step]]),
      top: logprobs.map((row2) => row2.indexOf(Math.max(...row2)))
    };
  }
  var readBefore = (target3) => [BOS_ID, ...target3.slice(0, -1)];
  var plain2 = (rows) => rows.map((row2) => Array.from(row2));
  function heads({ config }, rows) {
    const width = config.dModel / config.numHeads;
    return Array.from(
      { length: config.numHeads },
      (_, head) => plain2(rows.map((row2) => row2.subarray(head * width, (head + 1) * width)))
    );
  }
  function norms(transformer, kind, layer, { values, weights }) {
    const { weight } = transformer.projection(kind, layer, "out_proj");
    return heads(transformer, values).map((own, head) => {
      const w_o = weight.slice(head * own[0].length, (head + 1) * own[0].length);
      const lengths = own.map((value2) => {
        const sum2 = new Float64Array(weight.length);
        value2.forEach((number, k) => {
          for (let i = 0; i < sum2.length; i++) sum2[i] += number * w_o[k][i];
        });
        return Math.hypot(...sum2);
      });
      return weights[head].map((row2) => Array.from(row2, (share, m) => share * lengths[m]));
    });
  }

  // translator/inspection/page/js/model/words.js
  var SPECIALS2 = ["<pad>", "<unk>", "<s>", "</s>"];
  var BYTE2 = /^<0x([0-9A-F]{2})>$/;
  var LETTER = String.raw`\p{L}\p{N}_`;
  var WORD = new RegExp(`[${LETTER}]+(?:[-'’][${LETTER}]+)*|[^${LETTER}${WHITE}]`, "gu");
  function groupIntoWords(pieces) {
    const words = [];
    let start2 = 0;
    for (let end = 0; end <= pieces.length; end++) {
      if (end < pieces.length && !SPECIALS2.includes(pieces[end])) continue;
      words.push(...grouped(pieces.slice(start2, end), start2));
      if (end < pieces.length) words.push({ text: pieces[end], pieces: [end], isSpecial: true });
      start2 = end + 1;
    }
    return words;
  }
  function grouped(pieces, first) {
    const spelled = pieces.map(bytesOf);
    const { text, places } = read(spelled.flat());
    const found = Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
      word,
      from: index,
      start: places[index],
      end: places[index + word.length]
    }));
    const groups = [];
    let end = 0;
    for (const [i, bytes] of spelled.entries()) {
      const start2 = end;
      end += bytes.length;
      const left = Math.min(found.filter((one) => one.end <= start2).length, found.length - 1);
      const right = Math.max(left, found.filter((one) => one.start < end).length - 1);
      const last = groups.at(-1);
      if (last && left <= last.right) {
        last.positions.push(first + i);
        last.right = right;
      } else groups.push({ positions: [first + i], left, right });
    }
    return groups.map(({ positions, left, right }) => {
      const end2 = found[right] && found[right].from + found[right].word.length;
      return {
        text: found[left] ? text.slice(found[left].from, end2) : "",
        pieces: positions,
        isSpecial: false
      };
    });
  }
  function bytesOf(piece) {
    const byte = BYTE2.exec(piece);
    if (byte) return [Number.parseInt(byte[1], 16)];
    return [...new TextEncoder().encode(piece.replaceAll(SPACE, " "))];
  }
  function read(bytes) {
    let text = "";
    let before = 0;
    const places = [0];
    for (const { character, numBytes } of charactersOf(bytes)) {
      for (let i = 0; i < character.length; i++) places[text.length + i] = before;
      text += character;
      before += numBytes;
      places[text.length] = before;
    }
    return { text, places };
  }

  // translator/inspection/page/js/inspection.js
  var PAD = 0;
  var BOS = 2;
  var NUM_ALTERNATIVES = 5;
  function inspectionOf({ tokenizer }, { sourceIds, writeIds, recorded }) {
    const readIds = [BOS, ...writeIds.slice(0, -1)];
    const source = tokenizer.pieces(sourceIds);
    const reads = tokenizer.pieces(readIds);
    const writes = tokenizer.pieces(writeIds);
    const sourceWords = groupIntoWords(source);
    const readsWords = groupIntoWords(reads);
    const writesWords = groupIntoWords(writes);
    const { cross, encoderSelf, decoderSelf, memory, logprobs } = recorded;
    return {
      text: tokenizer.text(sourceIds),
      translation: tokenizer.text(writeIds),
      sourceIds,
      writeIds,
      source,
      reads,
      writes,
      sourceWords,
      readsWords,
      writesWords,
      names: {
        source: nameAll(source),
        reads: nameAll(reads),
        writes: nameAll(writes)
      },
      isPad: sourceIds.map((id) => id === PAD),
      logprobs: writeIds.map((id, t) => logprobs[t][id]),
      /** The most probable tokens of each decoding step, the best first. */
      alternatives: logprobs.map((row2) => mostProbable2(row2, (id) => tokenizer.pieces([id])[0])),
      memory,
      cross,
      matrices: { cross_attn: cross, encoder_self_attn: encoderSelf, decoder_self_attn: decoderSelf },
      numSource: source.length,
      numSteps: writes.length,
      numLayers: cross.length,
      numHeads: cross[0].queries.length,
      dHead: cross[0].queries[0][0].length,
      dModel: memory[0].length
    };
  }
  function mostProbable2(row2, pieceOf) {
    const best = [];
    for (let id = 0; id < row2.length; id++) {
      if (best.length === NUM_ALTERNATIVES && row2[id] <= row2[best[NUM_ALTERNATIVES - 1]]) continue;
      let at = best.length;
      while (at > 0 && row2[best[at - 1]] < row2[id]) at--;
      best.splice(at, 0, id);
      best.length = Math.min(best.length, NUM_ALTERNATIVES);
    }
    return best.map((id) => ({ id, name: pieceOf(id), logprob: row2[id] }));
  }

  // translator/inspection/page/js/session.js
  var Refusal = class extends Error {
  };
  var MAX_TOKENS = 150;
  var EOS = 3;
  var PAD2 = 0;
  async function answerTo(model, beam2, asked, signal, known = null) {
    const { intervention, hypothesis: hypothesis2 } = asked;
    const isChanged = !isNothing(intervention);
    const session = new Session(model, beam2, asked, signal);
    const unchanged = await session.unchanged(isChanged ? 0 : hypothesis2, known);
    const { original } = unchanged;
    const before = original.logprobs;
    if (!isChanged) {
      const { hypotheses: hypotheses2 } = unchanged;
      return { asked, inspection: original, original, hypotheses: hypotheses2, before, after: before, unchanged };
    }
    const hypotheses = await session.search(intervention);
    const inspection = await session.inspect(hypotheses, hypothesis2, intervention);
    const after = await session.logprobs(original.writeIds, intervention);
    return { asked, inspection, original, hypotheses, before, after, unchanged };
  }
  var Session = class {
    /**
     * @param {Model} model
     * @param {Strategy} beam
     * @param {Asked} asked
     * @param {AbortSignal} signal
     */
    constructor(model, beam2, asked, signal) {
      this.model = model;
      this.signal = signal;
      this.source = encoded(model, asked.text, "sentence");
      this.given = asked.tgt === null ? null : encoded(model, asked.tgt, "translation");
      this.strategy = strategyOf(beam2, asked);
      this.key = JSON.stringify([this.source, this.given, this.strategy]);
    }
    /**
     * @param {number} hypothesis
     * @param {Unchanged | null} known
     * @returns {Promise<Unchanged>}
     */
    async unchanged(hypothesis2, known) {
      const key = `${this.key} ${hypothesis2}`;
      if (known?.key === key) return known;
      const hypotheses = await this.search(NOTHING);
      const original = await this.inspect(hypotheses, hypothesis2, NOTHING);
      return { key, hypotheses, original };
    }
    /** @param {Intervention} intervention */
    async search(intervention) {
      const { model, source, strategy, signal } = this;
      if (this.given) return [];
      return decode(model.transformer, source, strategy, { intervention, signal });
    }
    /**
     * @param {Hypothesis[]} hypotheses
     * @param {number} at
     * @param {Intervention} intervention
     */
    async inspect(hypotheses, at, intervention) {
      const { model, source, signal } = this;
      const writeIds = this.given ?? hypotheses[Math.min(at, hypotheses.length - 1)].ids;
      const asked = { intervention, signal };
      const recorded = await record(model.transformer, source, writeIds, asked);
      const sourceIds = [...source, ...new Array(intervention.pads).fill(PAD2)];
      return inspectionOf(model, { sourceIds, writeIds, recorded });
    }
    /**
     * @param {number[]} target
     * @param {Intervention} intervention
     */
    async logprobs(target3, intervention) {
      const { model, source, signal } = this;
      return (await score(model.transformer, source, target3, { intervention, signal })).logprobs;
    }
  };
  function encoded({ tokenizer }, text, what) {
    const ids = tokenizer.encode(text);
    if (ids.length === 1 && ids[0] === EOS) throw new Refusal(`The ${what} is empty: type one.`);
    if (ids.length > MAX_TOKENS) {
      throw new Refusal(
        `The ${what} has ${ids.length} tokens, and this page shows at most ${MAX_TOKENS}: give it sentence by sentence.`
      );
    }
    return ids;
  }
  function strategyOf(beam2, { search, seed }) {
    if (search === "sampling") {
      return { kind: "sampling", temperature: 1, topK: 0, topP: 1, numSamples: 1, seed };
    }
    return search === "greedy" ? { kind: "beam", beamSize: 1, lengthPenalty: 1, numBest: 1 } : beam2;
  }

  // translator/inspection/page/js/state.js
  var stateAt = (place, text, tgt) => ({
    ...place,
    text,
    tgt,
    search: "beam",
    seed: 1,
    hypothesis: 0,
    intervention: NOTHING,
    source: null,
    number: 0,
    projection: "v_proj",
    output: 0,
    self: { encoder_self_attn: [0, 0], decoder_self_attn: [0, 0] }
  });
  var ASKED = (
    /** @type {const} */
    [
      "text",
      "tgt",
      "search",
      "seed",
      "hypothesis",
      "intervention"
    ]
  );
  var asksAnew = (changes) => ASKED.some((name) => name in changes);
  var placed = (state, { numSteps, numLayers, numHeads }) => ({
    ...state,
    step: within(state.step, numSteps),
    layer: within(state.layer, numLayers),
    head: within(state.head, numHeads)
  });

  // translator/inspection/page/js/page.js
  var Page = class {
    /**
     * @param {Embedded} embedded
     * @param {Model} model
     */
    constructor(embedded, model) {
      this.embedded = embedded;
      this.model = model;
      this.beam = { kind: "beam", ...embedded.decoding, numBest: embedded.decoding.beamSize };
      this.state = stateAt(embedded.start, embedded.text, embedded.tgt);
      this.answer = null;
      this.refusal = "";
      this.asking = new AbortController();
      this.scores = /* @__PURE__ */ new Map();
      this.wanted = /* @__PURE__ */ new Map();
      this.room = 0;
      this.unfolded = /* @__PURE__ */ new Set();
      this.lastCell = /* @__PURE__ */ new Map();
      this.lastSource = 0;
      this.pointer = "";
      this.playing = null;
      this.printing = /** @type {string[] | null} */
      null;
      this.dark = matchMedia("screen and (prefers-color-scheme: dark)");
      this.parts = [];
      this.held = null;
      this.isMeasuring = false;
      this.isAsking = false;
      this.drawing = new AbortController();
    }
    /** Of the model with what is changed. */
    get inspection() {
      if (!this.answer) throw new Error("the page has no answer yet");
      return this.answer.inspection;
    }
    /** Of the model as it is. */
    get original() {
      if (!this.answer) throw new Error("the page has no answer yet");
      return this.answer.original;
    }
    /** The row of the chosen decoding step and head. */
    row() {
      return rowOf(this);
    }
    /** Whether the answer is that of a changed model. */
    isChanged() {
      return this.answer !== null && !isNothing(this.answer.asked.intervention);
    }
    /** The name of the chosen head. */
    headName() {
      return headName(this.state.layer, this.state.head);
    }
    /**
     * Draw something into `body` after every change.
     * @param {HTMLElement} body
     * @param {Draw} draw
     */
    show(body, draw2) {
      this.parts.push({ body, draw: draw2 });
    }
    /**
     * Go to another place, or ask the model something else.
     * @param {Partial<State>} changes
     */
    async go(changes) {
      this.state = { ...this.state, ...changes };
      if (asksAnew(changes)) await this.ask();
      else this.update();
    }
    /**
     * Change something in the model.
     * @param {Partial<Intervention>} changes
     */
    change(changes) {
      return this.go({ intervention: { ...this.state.intervention, ...changes }, hypothesis: 0 });
    }
    /** Translate, and show what the model did. A newer question stops an older one. */
    async ask() {
      this.asking.abort();
      this.asking = new AbortController();
      const { signal } = this.asking;
      const known = this.answer?.unchanged ?? null;
      const isNew = this.answer && this.answer.asked.text !== this.state.text;
      this.isAsking = true;
      document.body.setAttribute("aria-busy", "true");
      try {
        this.answer = await answerTo(this.model, this.beam, this.state, signal, known);
        this.refusal = "";
        if (isNew) this.#lookAround();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Refusal)) throw error;
        this.refusal = error.message;
      }
      this.scores.clear();
      this.wanted.clear();
      if (this.answer) this.state = placed(this.state, this.answer.inspection);
      this.isAsking = false;
      this.update();
    }
    /** Go to a decoding step of the new sentence that is worth a look. */
    #lookAround() {
      const { layer, head } = placed(this.state, this.inspection);
      this.state.step = stepWorthLooking(this.inspection.cross[layer].weights[head]);
      this.state.source = null;
    }
    /**
     * What the model says of the shown translation with one more change: null until it has been
     * asked, which happens as soon as it has nothing else to do. Then the page is drawn again.
     * @param {Partial<Intervention>} more
     * @returns {Score | null}
     */
    scoreWith(more) {
      const intervention = { ...this.state.intervention, ...more };
      const key = JSON.stringify(intervention);
      const known = this.scores.get(key);
      if (!known) this.wanted.set(key, intervention);
      return known ?? null;
    }
    /** Ask the model all that the sections want to know, and draw them again. */
    async measure() {
      if (this.isMeasuring || !this.wanted.size) return;
      this.isMeasuring = true;
      const { signal } = this.asking;
      const { sourceIds, writeIds, isPad } = this.inspection;
      const source = sourceIds.filter((_, s) => !isPad[s]);
      try {
        for (const [key, intervention] of this.wanted) {
          await breathe(signal);
          const asked = { intervention, signal };
          this.scores.set(key, await score(this.model.transformer, source, writeIds, asked));
          this.wanted.delete(key);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        this.isMeasuring = false;
      }
      this.update();
    }
    /**
     * @param {string} key
     * @param {boolean} isOpen
     */
    keepUnfolded(key, isOpen) {
      if (isOpen) this.unfolded.add(key);
      else this.unfolded.delete(key);
    }
    /**
     * Draw the page again: first what is in sight, the rest as soon as the browser is free. Focus and
     * scroll positions stay.
     */
    update() {
      byId("refusal").textContent = this.refusal;
      if (!this.answer) {
        document.body.removeAttribute("aria-busy");
        return;
      }
      this.room = byId("story").clientWidth;
      const isFirst = ({ body }) => this.printing !== null || body.contains(document.activeElement) || isInSight(body);
      const first = this.parts.filter(isFirst);
      this.#draw(first);
      this.#tell();
      remember(this);
      this.#drawLater(this.parts.filter((part3) => !first.includes(part3)));
    }
    /** @param {Part[]} parts */
    #draw(parts) {
      const focused = document.activeElement?.id;
      for (const part3 of parts) {
        if (part3.draw === this.held?.draw) this.held.follow();
        else redraw(this, part3);
      }
      for (const { body } of parts) settle(body);
      if (focused && document.activeElement?.id !== focused) {
        document.getElementById(focused)?.focus({ preventScroll: true });
      }
    }
    /**
     * Draw parts one by one, unless the page is drawn anew before, and ask what all parts want to
     * know.
     * @param {Part[]} parts
     */
    async #drawLater(parts) {
      this.drawing.abort();
      this.drawing = new AbortController();
      const { signal } = this.drawing;
      document.body.setAttribute("aria-busy", "true");
      for (const part3 of parts) {
        await new Promise((resolve) => setTimeout(resolve));
        if (signal.aborted) return;
        this.#draw([part3]);
      }
      if (!this.isAsking) document.body.removeAttribute("aria-busy");
      this.measure();
    }
    /** Announce the current row to readers who do not see it. */
    #tell() {
      const { names, numSteps } = this.inspection;
      const { step } = this.state;
      const { weights } = this.row();
      const best = largest2(weights);
      const row2 = `Decoding step ${step + 1} of ${numSteps}, ${this.headName()}`;
      const place = `reads ${quoted(names.reads[step])}, writes ${quoted(names.writes[step])}`;
      const look = `looks most at ${quoted(names.source[best])} (${whole(weights[best])})`;
      const text = `${row2}: ${place}, ${look}.`;
      const live = byId("live");
      if (live.textContent !== text) live.textContent = text;
    }
  };
  function redraw(page, { body, draw: draw2 }) {
    const boxes = () => [...body.querySelectorAll(".wide")];
    const scrolled = boxes().map((box) => box.scrollLeft);
    body.replaceChildren(...nodes(draw2(page)));
    boxes().forEach((box, i) => {
      box.scrollLeft = scrolled[i] || 0;
    });
  }
  function isInSight(body) {
    const { top, bottom } = body.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }

  // translator/inspection/page/js/trials.js
  function visibleTokens({ inspection, state }) {
    const { isPad, numSource } = inspection;
    const { drop } = state.intervention;
    return Array.from({ length: numSource }, (_, s) => s).filter(
      (s) => !isPad[s] && !drop.includes(s)
    );
  }
  function tokenTrials(page) {
    const { names } = page.inspection;
    const visible = visibleTokens(page);
    if (visible.length < 2) return [];
    return visible.map((token) => ({
      token,
      verb: "hide",
      object: names.source[token],
      intervention: hiding(page.state.intervention, [token])
    }));
  }
  function headTrials(page, layer) {
    const { intervention } = page.state;
    return headsThatSpeak(page, layer).map((head) => ({
      layer,
      head,
      verb: "mute",
      object: headName(layer, head),
      intervention: ablating(intervention, [`${layer}.${head}`], "zero")
    }));
  }
  function layerTrials(page) {
    return Array.from({ length: page.inspection.numLayers }, (_, layer) => layer).flatMap((layer) => {
      const places = headsThatSpeak(page, layer).map((head) => `${layer}.${head}`);
      if (places.length < 2) return [];
      return {
        layer,
        verb: "mute",
        object: `all of layer ${layer + 1}`,
        intervention: ablating(page.state.intervention, places, "zero")
      };
    });
  }
  var headsThatSpeak = ({ inspection, state }, layer) => Array.from({ length: inspection.numHeads }, (_, head) => head).filter(
    (head) => state.intervention.ablate[`${layer}.${head}`] !== "zero"
  );
  function effectsOf(page, intervention) {
    const { inspection, model } = page;
    const score2 = page.scoreWith(intervention);
    return score2 && inspection.logprobs.map((logprob, t) => ({
      before: Math.exp(logprob),
      after: Math.exp(score2.logprobs[t]),
      nats: logprob - score2.logprobs[t],
      newTop: score2.top[t] === inspection.alternatives[t][0].id ? null : show(model.tokenizer.pieces([score2.top[t]])[0])
    }));
  }

  // translator/inspection/page/js/save.js
  function save(name, type, content) {
    const url = URL.createObjectURL(new Blob([content], { type }));
    el("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1e3);
  }
  var fileName = (name, ending, { layer, head, step }) => `${name}-layer${layer + 1}-head${head + 1}-step${step + 1}.${ending}`;
  var saveCsv = (name, place, lines) => save(fileName(name, "csv", place), "text/csv;charset=utf-8", csvOf(lines));
  var csvOf = (lines) => lines.map((line) => `${line.map(quoted2).join(",")}\r
`).join("");
  var quoted2 = (cell2) => `"${String(cell2).replaceAll('"', '""')}"`;
  var INLINED = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-dasharray",
    "font-family",
    "font-size",
    "font-weight",
    "opacity"
  ];
  var NOT_DRAWN = "input, select, button:not(.mini, .plain), figcaption, .tools, .readout, details:not([open]) > :not(summary)";
  var MARGIN = 12;
  function saveSvg(name, place, drawn2) {
    const frame = drawn2.getBoundingClientRect();
    const picture4 = svg("svg", {});
    const extent = { width: 0, height: 0 };
    const offset = { x: MARGIN - frame.left, y: MARGIN - frame.top };
    redraw2(drawn2, offset, (node, { x, y, width, height }) => {
      picture4.append(node);
      extent.width = Math.max(extent.width, Math.ceil(x + width + MARGIN));
      extent.height = Math.max(extent.height, Math.ceil(y + height + MARGIN));
    });
    fill(picture4, { ...extent, viewBox: `0 0 ${extent.width} ${extent.height}` }, []);
    picture4.prepend(
      svg("rect", { ...extent, fill: getComputedStyle(document.body).backgroundColor })
    );
    const text = new XMLSerializer().serializeToString(picture4);
    save(fileName(name, "svg", place), "image/svg+xml", text);
  }
  function redraw2(node, offset, put) {
    if (node instanceof Text) redrawText(node, offset, put);
    if (!(node instanceof Element) || node.matches(NOT_DRAWN)) return;
    const box = node.getBoundingClientRect();
    if (!box.width) return;
    const at = moved(box, offset);
    if (node instanceof SVGElement) {
      put(fill(inlined(node), { x: at.x, y: at.y }, []), at);
      return;
    }
    redrawBox(getComputedStyle(node), at, put);
    const inner = { x: offset.x + node.scrollLeft, y: offset.y + node.scrollTop };
    for (const child of node.childNodes) redraw2(child, inner, put);
  }
  var moved = ({ left, top, width, height }, { x, y }) => ({
    x: left + x,
    y: top + y,
    width,
    height
  });
  function redrawBox(style, at, put) {
    const hasGround = style.backgroundColor !== "rgba(0, 0, 0, 0)";
    const hasFrame = Number.parseFloat(style.borderTopWidth) > 0;
    if (hasGround || hasFrame) {
      const look = {
        rx: Number.parseFloat(style.borderTopLeftRadius) || 0,
        fill: hasGround ? style.backgroundColor : "none",
        stroke: hasFrame ? style.borderTopColor : "none"
      };
      put(svg("rect", { ...at, ...look }), at);
    } else if (Number.parseFloat(style.borderBottomWidth)) {
      const d = `M${at.x} ${at.y + at.height}h${at.width}`;
      put(svg("path", { stroke: style.borderBottomColor, d }), at);
    }
  }
  function redrawText(node, offset, put) {
    const style = getComputedStyle(
      /** @type {Element} */
      node.parentNode
    );
    for (const { text, box, right } of linesOf(node)) {
      const at = { ...moved(box, offset), width: right - box.left };
      const look = {
        fill: style.color,
        "font-family": style.fontFamily,
        "font-size": style.fontSize,
        "font-weight": style.fontWeight
      };
      put(svg("text", { x: at.x, y: at.y + 0.8 * at.height, ...look }, text), at);
    }
  }
  function linesOf(node) {
    const range = document.createRange();
    const lines = [];
    for (const match of node.data.matchAll(/[^ \n]+/g)) {
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const box = range.getBoundingClientRect();
      const last = lines.at(-1);
      if (last && Math.abs(last.box.top - box.top) < 2) {
        last.text += ` ${match[0]}`;
        last.right = box.right;
      } else if (box.width) lines.push({ text: match[0], box, right: box.right });
    }
    return lines;
  }
  function inlined(node) {
    const copy = (
      /** @type {SVGElement} */
      node.cloneNode(true)
    );
    const to = [copy, ...copy.querySelectorAll("*")];
    [node, ...node.querySelectorAll("*")].forEach((from, i) => {
      const style = getComputedStyle(from);
      for (const name of INLINED) to[i].setAttribute(name, style.getPropertyValue(name));
      for (const { name } of [...to[i].attributes]) {
        if (/^(id|class|role|tabindex|aria-.*)$/.test(name)) to[i].removeAttribute(name);
      }
    });
    return copy;
  }

  // translator/inspection/page/js/views.js
  function fold(page, key, title, draw2) {
    const id = `fold-${key}`;
    const body = el("div", {});
    const details = el(
      "details",
      {
        class: "more",
        id,
        open: page.unfolded.has(id),
        ontoggle: () => {
          page.keepUnfolded(id, details.open);
          if (details.open && !body.hasChildNodes()) fill2();
        }
      },
      el("summary", { id: `${id}-summary` }, title),
      body
    );
    const fill2 = () => {
      body.append(...nodes(draw2()));
      settle(body);
      page.measure();
    };
    if (details.open) fill2();
    return details;
  }
  var view = (content, caption3 = null) => framed(drawn(content), caption3);
  var drawn = (content) => el("div", { class: "drawn" }, content);
  var framed = (content, caption3, ...more) => el(
    "figure",
    { class: "view" },
    content,
    content.querySelector("[role=grid]") && el(
      "output",
      { class: "readout quiet" },
      "Point at a cell, or walk with Tab and the arrow keys: its number appears here."
    ),
    caption3 && el("figcaption", {}, caption3),
    more
  );
  function figure(page, name, csv5, content, caption3 = null, ...more) {
    const shown = drawn(content);
    return framed(shown, caption3, keep(page, name, csv5, shown, ...more));
  }
  var keep = (page, name, csv5, shown, ...more) => el(
    "div",
    { class: "tools" },
    more,
    el(
      "span",
      { class: "save" },
      el(
        "button",
        { id: `svg-${name}`, onclick: () => saveSvg(name, page.state, shown) },
        "Save as SVG"
      ),
      el(
        "button",
        { id: `csv-${name}`, onclick: () => saveCsv(name, page.state, csv5()) },
        "Save as CSV"
      )
    )
  );

  // translator/inspection/page/js/panels/explanation.js
  var AT_STAKE = 0.1;
  var NUM_SHOWN = 8;
  var SIZES = [1, 2, 3];
  var NUM_DRAWS = 10;
  var WAITING = "…";
  function explanation(page) {
    const { step } = page.state;
    if (visibleTokens(page).length < 2) {
      return [p("Only one source token is left to look at: show the others again, then compare.")];
    }
    const weighed = weigh(page);
    if (!weighed) return [p("The model is reading the translation again …")];
    if (weighed[step][0].weight === 0) {
      return [p("All heads are muted, so that nobody looks anywhere: let some speak, then compare.")];
    }
    const findings = weighed.map(findingOf);
    return [
      el("p", { id: "explains" }, verdict(page, findings[step])),
      tokensOf(page, weighed[step], attempt(page, findings)),
      p(manySentences(page, findings)),
      conclusion(page, findings),
      fold(page, "steps", "Every decoding step", () => everyStep(page, findings)),
      fold(
        page,
        "subsets",
        "Hide the heaviest tokens, or keep only those",
        () => subsets(page, weighed[step])
      ),
      fold(page, "backup", "Heads that stand in for each other", () => backup(page)),
      fold(page, "literature", "What others have found", literature)
    ];
  }
  function weigh(page) {
    const { inspection } = page;
    const trials = tokenTrials(page);
    const effects = trials.map(({ intervention }) => effectsOf(page, intervention));
    if (effects.includes(null)) return null;
    return inspection.writes.map((_, t) => {
      const weights = meanWeights(inspection, t);
      return trials.map(({ token }, i) => ({
        token,
        weight: weights[token],
        effect: (
          /** @type {Effect[]} */
          effects[i][t]
        )
      })).sort((a, b) => b.weight - a.weight);
    });
  }
  function meanWeights({ cross, numSource }, t) {
    const rows = cross.flatMap(({ weights }) => weights.map((head) => head[t]));
    return Array.from({ length: numSource }, (_, s) => sum(rows.map((row2) => row2[s])) / rows.length);
  }
  function findingOf(weighed) {
    const costliest = weighed[largest2(weighed.map(({ effect: effect3 }) => effect3.nats))];
    return {
      heaviest: weighed[0],
      costliest,
      isAtStake: costliest.effect.nats > AT_STAKE,
      agrees: costliest === weighed[0]
    };
  }
  function verdict(page, { heaviest: heavy, costliest, isAtStake, agrees }) {
    const word = german(page, page.state.step);
    const to = ({ effect: effect3 }) => `${chance(effect3.before)} to ${chance(effect3.after)}`;
    if (!isAtStake) {
      return [
        "For ",
        word,
        ` there is nothing to explain: whichever source token is hidden, it keeps ${chance(costliest.effect.after)} or more. Most weight lies on `,
        english(page, heavy),
        ` (${whole(heavy.weight)}) all the same.`
      ];
    }
    if (agrees) {
      return [
        "For ",
        word,
        ", yes: all heads together look most at ",
        english(page, heavy),
        ` (${whole(heavy.weight)} of the weight), and hiding it costs most: from ${to(heavy)}.`
      ];
    }
    return [
      "For ",
      word,
      ", no: all heads together look most at ",
      english(page, heavy),
      ` (${whole(heavy.weight)} of the weight), but hiding `,
      english(page, costliest),
      ` costs more: from ${to(costliest)}. Without `,
      english(page, heavy),
      ` it keeps ${chance(heavy.effect.after)}.`
    ];
  }
  var german = ({ embedded, inspection }, step) => el("b", { class: "dec", lang: embedded.languages?.target }, inspection.names.writes[step]);
  var english = ({ embedded, inspection }, { token }) => el("b", { class: "enc", lang: embedded.languages?.source }, inspection.names.source[token]);
  function tokensOf(page, weighed, tools) {
    const { names } = page.inspection;
    const { step } = page.state;
    const name = names.writes[step];
    const costliest = Math.max(...weighed.map(({ effect: effect3 }) => effect3.nats));
    const isShown = ({ effect: effect3 }, i) => i < NUM_SHOWN || effect3.nats === costliest || weighed.length === NUM_SHOWN + 1;
    const others = weighed.filter((one, i) => !isShown(one, i));
    const width = Math.max(24, Math.min(220, (page.room - 260) / 2));
    const most2 = weighed[0].weight;
    const line = (one) => {
      const { weight, effect: effect3 } = one;
      const isCostliest = effect3.nats === costliest && effect3.nats > AT_STAKE;
      return [
        english(page, one),
        withBar(bar2(weight / most2, "enc", width), whole(weight), weight === most2),
        withBar(
          bar2((effect3.before - effect3.after) / effect3.before, "minus", width),
          chance(effect3.after),
          isCostliest
        )
      ];
    };
    return figure(
      page,
      "explanation",
      () => [
        ["source", "mean weight", "probability", "probability without it", "nats lost"],
        ...weighed.map(({ token, weight, effect: effect3 }) => [
          names.source[token],
          weight,
          effect3.before,
          effect3.after,
          effect3.nats
        ])
      ],
      table(
        "Weights beside what hiding costs",
        ["source token", "weight, mean of all heads", `${name}, when it is hidden`],
        [...weighed.filter(isShown).map(line), ...others.length ? [together(others)] : []]
      ),
      `The longer the second bar, the more of the probability (${chance(weighed[0].effect.before)}) is lost without the token. If attention explains, both bars are longest in the same line.`,
      tools
    );
  }
  var withBar = (drawn2, text, isMost) => el("span", { class: "with" }, drawn2, el(isMost ? "b" : "span", {}, text));
  function together(others) {
    const least2 = Math.min(...others.map(({ effect: effect3 }) => effect3.after));
    const weight = sum(others.map((one) => one.weight));
    return [`${others.length} others`, `${whole(weight)} in all`, `${chance(least2)} or more`];
  }
  function attempt(page, findings) {
    const { names } = page.inspection;
    const { step, intervention } = page.state;
    const other = findings.findIndex(
      ({ isAtStake, agrees }, t) => t !== step && isAtStake && !agrees
    );
    const button2 = (text, onclick) => el("button", { id: "try-explanation", class: "main", onclick }, text);
    if (other >= 0) {
      return button2(
        `Try: go to ${names.writes[other]}, where another token matters more`,
        () => page.go({ step: other })
      );
    }
    const { token } = findings[step].heaviest;
    return button2(
      `Try: hide ${names.source[token]}`,
      () => page.change(hiding(intervention, [token]))
    );
  }
  function manySentences({ embedded }, findings) {
    const counted2 = findings.filter(({ isAtStake }) => isAtStake);
    const agreeing = counted2.filter(({ agrees }) => agrees).length;
    const here = counted2.length ? `In this translation the heaviest token is the one that matters most at ${agreeing} of the ${counted2.length} decoding steps where a token matters` : "At no decoding step of this translation does a single token matter";
    const measured = embedded.faithfulness;
    if (!measured) return `${here}.`;
    const { numSentences, top1Weights } = measured;
    return `${here}; over ${numSentences} sentences of the validation set, at ${whole(top1Weights)} of them.`;
  }
  function conclusion(page, findings) {
    const counted2 = findings.filter(({ isAtStake }) => isAtStake);
    const share = page.embedded.faithfulness?.top1Weights ?? counted2.filter(({ agrees }) => agrees).length / Math.max(1, counted2.length);
    const replaced = isBackedUp(page);
    return el(
      "p",
      { id: "conclusion" },
      el("b", {}, "So: "),
      "attention shows exactly where each head took its vectors from. ",
      counted2.length || page.embedded.faithfulness ? inWords(share) : null,
      "It does not say why",
      replaced ? ", and single heads can be replaced: others stand in for them." : "."
    );
  }
  function inWords(share) {
    if (share >= 0.75) return "Where a token matters, it is usually the heaviest one. ";
    if (share >= 0.5) return "Where a token matters, it is more often the heaviest one than not. ";
    return "Where a token matters, it is mostly not the heaviest one. ";
  }
  function headLosses(page) {
    const mean = (effects) => effects && sum(effects.map(({ nats }) => nats)) / effects.length;
    return layerTrials(page).map((all) => ({
      layer: all.layer,
      alone: headTrials(page, all.layer).map(({ head, intervention }) => ({
        head,
        effects: effectsOf(page, intervention),
        nats: mean(effectsOf(page, intervention))
      })),
      effects: effectsOf(page, all.intervention),
      nats: mean(effectsOf(page, all.intervention))
    }));
  }
  function isBackedUp(page) {
    const measured = page.embedded.faithfulness;
    if (measured) {
      return measured.layerTogether.some((all, i) => all > sum(measured.headAlone[i]) + AT_STAKE);
    }
    return headLosses(page).some(
      ({ alone, nats }) => nats !== null && nats > sum(alone.map((one) => one.nats ?? 0)) + AT_STAKE
    );
  }
  function everyStep(page, findings) {
    return [
      table(
        "The heaviest token and the one that matters most",
        ["written", "most weight on", "hiding costs most", ""],
        findings.map(({ heaviest: heavy, costliest, isAtStake, agrees }, t) => [
          german(page, t),
          [english(page, heavy), ` ${whole(heavy.weight)}`],
          isAtStake ? [
            english(page, costliest),
            ` ${chance(costliest.effect.before)} → ${chance(costliest.effect.after)}`
          ] : el("span", { class: "quiet" }, "no token matters"),
          isAtStake ? agrees ? "the same" : "another" : ""
        ]),
        page.state.step
      ),
      quiet(
        "A token matters where hiding it takes more than a tenth of the written token’s probability (0.1 nat)."
      )
    ];
  }
  function subsets(page, weighed) {
    const measured = page.embedded.faithfulness;
    const sizes = SIZES.filter((size) => size < weighed.length);
    const row2 = (name, nats) => [
      name,
      ...nats.map((x) => x === null ? WAITING : num(x, 2))
    ];
    const lost = (isKept, many) => table(
      isKept ? "Only the heaviest are kept" : "The heaviest are hidden",
      ["tokens", "the heaviest", isKept ? "the best to keep" : "the worst to lose", "at random"],
      sizes.flatMap((size, i) => [
        row2(`${size}, here`, lossesOf(page, weighed, size, isKept) ?? [null, null, null]),
        ...many ? [
          row2(`${size}, on average`, [
            many.lostHeaviest[i],
            many.lostBest[i],
            many.lostRandom[i]
          ])
        ] : []
      ])
    );
    return [
      p(
        "If the heaviest tokens are those that matter, hiding them must cost much, and keeping them alone must cost little. Nats that the written token loses:"
      ),
      h4(
        "When they are hidden (comprehensiveness): the more is lost, the better the weights explain"
      ),
      lost(false, measured?.comprehensiveness),
      h4("When only they are kept (sufficiency): the less is lost, the better the weights explain"),
      lost(true, measured?.sufficiency),
      quiet(
        `At random: the mean over all tokens, or over ${NUM_DRAWS} drawn sets of two or three. The best and the worst: of all these, and of the tokens that cost most one by one.${measured ? ` On average: over the decoding steps of ${measured.numSentences} sentences where some token matters.` : ""} A model has seldom seen a sentence of which so much is hidden; large losses say that, too.`
      )
    ];
  }
  function lossesOf(page, weighed, size, isKept) {
    const tokens2 = weighed.map(({ token }) => token);
    const byCost = heaviest(weighed.map(({ effect: effect3 }) => effect3.nats)).map((i) => tokens2[i]);
    const drawn2 = drawnSets(
      [...tokens2].sort((a, b) => a - b),
      size
    );
    const lost = [tokens2.slice(0, size), byCost.slice(0, size), ...drawn2].map((set) => {
      const hidden = isKept ? tokens2.filter((token) => !set.includes(token)) : set;
      return effectsOf(page, hiding(page.state.intervention, hidden))?.[page.state.step].nats ?? null;
    });
    if (!lost.every((nats) => nats !== null)) return null;
    const best = isKept ? Math.min(...lost) : Math.max(...lost);
    return [lost[0], best, sum(lost.slice(2)) / drawn2.length];
  }
  function drawnSets(tokens2, size) {
    if (size === 1) return tokens2.map((token) => [token]);
    const next = mersenneTwister(size);
    return Array.from({ length: NUM_DRAWS }, () => {
      const left = [...tokens2];
      return Array.from({ length: size }, () => left.splice(next() % left.length, 1)[0]);
    });
  }
  function backup(page) {
    const { step } = page.state;
    const word = page.inspection.names.writes[step];
    const layers = headLosses(page);
    if (!layers.length) return [p("No layer has two heads that speak: there is nobody to stand in.")];
    const cell2 = (effects, nats) => effects && nats !== null ? `${chance(effects[step].after)} (${num(nats, 2)})` : WAITING;
    const measured = page.embedded.faithfulness;
    return [
      table(
        `${word} without heads`,
        ["muted", ...layers.map(({ layer }) => `in layer ${layer + 1}`)],
        [
          ...Array.from({ length: page.inspection.numHeads }, (_, head) => [
            `head ${head + 1} alone`,
            ...layers.map(({ alone }) => {
              const one = alone.find((each) => each.head === head);
              return one ? cell2(one.effects, one.nats) : "muted by you";
            })
          ]),
          ["all together", ...layers.map(({ effects, nats }) => cell2(effects, nats))]
        ],
        page.inspection.numHeads
      ),
      quiet(
        `The probability of “${word}” then; in brackets the nats that a token of this translation loses on average. Where all together cost more than the sum of each alone, the heads back each other up.`
      ),
      measured && p(
        `Over ${measured.numSentences} sentences: ${measured.headAlone.map(
          (alone, layer) => `in layer ${layer + 1} a head alone costs up to ${num(Math.max(...alone), 2)} nats, all of them ${num(measured.layerTogether[layer], 2)}`
        ).join("; ")}.`
      )
    ];
  }
  function literature() {
    return [
      p(
        "Jain and Wallace (2019) found other weights that left the output of a classifier as it was, and concluded that attention is not explanation. Wiegreffe and Pinter (2019) answered that such weights must be sought on purpose, and that it depends on what one calls an explanation. Serrano and Smith (2019) removed the heaviest inputs, as this section does: often many had to go before the decision changed."
      ),
      p(
        "Kobayashi et al. (2020) pointed out that a large weight on a short vector brings little: what arrives is weight times value, whose length this page calls the norm. The two tests under “Hide the heaviest tokens” are those of DeYoung et al. (2020)."
      ),
      p(
        "And what arrives through attention is not the source token itself, but the encoder’s output at its place, which the encoder has mixed from the whole sentence. To hide a token here, it is hidden from the encoder, too."
      )
    ];
  }

  // translator/inspection/page/js/panels/muting.js
  var NOTABLE = 0.1;
  function muted({ ablate }, layer, heads3) {
    const others = Object.entries(ablate).filter(([place]) => !place.startsWith(`${layer}.`));
    const these = heads3.map((head) => [
      `${layer}.${head}`,
      /** @type {const} */
      "zero"
    ]);
    return { ablate: Object.fromEntries([...others, ...these]) };
  }
  function mutingOf(page) {
    const { layer, step, intervention } = page.state;
    const all = headsOf(page.inspection);
    const scores = [[], ...all.map((head) => [head]), all].map(
      (heads3) => page.scoreWith(muted(intervention, layer, heads3))
    );
    const chances = scores.flatMap((score2) => score2 ? [Math.exp(score2.logprobs[step])] : []);
    if (chances.length < scores.length) return null;
    return { before: chances[0], alone: chances.slice(1, -1), together: chances[chances.length - 1] };
  }
  var headsOf = ({ numHeads }) => Array.from({ length: numHeads }, (_, head) => head);
  var loss = (before, after) => Math.log(before) - Math.log(after);
  function verdict2({ before, alone, together: together2 }) {
    const all = loss(before, together2);
    if (all < NOTABLE) return "idle";
    const most2 = Math.max(...alone.map((after) => loss(before, after)));
    return most2 >= all / 2 ? "one" : "backup";
  }
  function finding({ inspection, state }, muting) {
    const { before, alone, together: together2 } = muting;
    const name = el("b", { class: "dec" }, inspection.names.writes[state.step]);
    const all = `all ${alone.length} muted`;
    const worst = largest2(alone.map((x) => -x));
    if (verdict2(muting) === "idle") {
      return [
        `Layer ${state.layer + 1} is hardly needed for this token: with ${all}, `,
        name,
        ` is ${chance(together2)} probable instead of ${chance(before)}.`
      ];
    }
    if (alone.length === 1) {
      return [
        "With its one head muted, ",
        name,
        ` is ${chance(together2)} probable instead of ${chance(before)}.`
      ];
    }
    if (verdict2(muting) === "one") {
      return [
        `Most hangs on head ${worst + 1}: with it muted, `,
        name,
        ` is ${chance(alone[worst])} probable instead of ${chance(before)}; with ${all}, ${chance(together2)}.`
      ];
    }
    return [
      "The heads back each other up: with any one of them muted, ",
      name,
      ` is still at least ${chance(alone[worst])} probable (now ${chance(before)}); with ${all}, ${chance(together2)}.`
    ];
  }
  function tryLayer(page) {
    const { inspection, state } = page;
    const { layer, intervention } = state;
    const all = headsOf(inspection);
    const isMuted = all.every((head) => `${layer}.${head}` in intervention.ablate);
    const which = all.length > 1 ? `all ${all.length} heads` : "the only head";
    return el(
      "button",
      {
        id: "mute-layer",
        class: "main",
        "aria-pressed": String(isMuted),
        onclick: () => page.change(muted(intervention, layer, isMuted ? [] : all))
      },
      isMuted ? `Let ${which} of layer ${layer + 1} speak again` : `Try: mute ${which} of layer ${layer + 1}`
    );
  }
  function addUp({ inspection, state }, { before, alone, together: together2 }) {
    const name = inspection.names.writes[state.step];
    const line = (what, after) => [what, chance(after), num(loss(before, after), 2)];
    const added = sum(alone.map((after) => loss(before, after)));
    return [
      table(
        "Muting one by one, and all at once",
        ["muted", `probability of ${quoted(name)}`, "log-probability lost, in nats"],
        [
          line("none", before),
          ...alone.map((after, head) => line(`head ${head + 1}`, after)),
          ["the heads' losses added", "", num(added, 2)],
          line("all at once", together2)
        ]
      ),
      p(sumUp(added, loss(before, together2)))
    ];
  }
  function sumUp(added, together2) {
    if (Math.abs(added - together2) < NOTABLE) {
      return "Here the losses nearly add up. They need not: each head is tried while the others speak.";
    }
    return together2 > added ? "Together they cost more than the sum: while one head is muted, the others still bring what the decoder needs. Muting heads one by one makes each look less important than it is." : "Together they cost less than the sum: some heads matter only while the others speak.";
  }

  // translator/inspection/page/js/panels/lanes.js
  var LANE = {
    bars: 54,
    source: 74,
    from: 86,
    to: 152,
    reads: 176,
    writes: 206,
    probability: 224,
    end: 232
  };
  var GUTTER = 88;
  var MARGIN2 = 2;
  function lanes(page) {
    const words = placed2(page);
    const { middle } = words.below[page.state.step];
    const box = wide(
      "The sentence and its translation, linked",
      div("lanes", gutter(), picture(page, words))
    );
    requestAnimationFrame(() => {
      const out = GUTTER + middle - box.scrollLeft;
      if (box.scrollWidth > box.clientWidth && (out < 140 || out > box.clientWidth - 60)) {
        box.scrollLeft = middle - box.clientWidth / 2;
      }
    });
    return box;
  }
  function placed2(page) {
    const { names, sourceWords, numSource, numSteps } = page.inspection;
    const tokens2 = names.source;
    const first = new Set(sourceWords.map((word) => word.pieces[0]));
    const sourceWidths = tokens2.map((text) => Math.max(32, textWidth(text, 15, 700) + 4));
    const sourceGaps = tokens2.map((_, s) => s + 1 >= numSource || first.has(s + 1) ? 10 : 1);
    const stepWidths = names.reads.map(
      (name, t) => Math.max(34, textWidth(name, 13), textWidth(names.writes[t], 15, 700)) + 12
    );
    const stepGaps = stepWidths.map(() => 8);
    const total = Math.max(
      sum(sourceWidths) + sum(sourceGaps),
      sum(stepWidths) + sum(stepGaps),
      Math.min(page.room - GUTTER - 6, 76 * Math.max(numSource, numSteps))
    );
    return {
      width: MARGIN2 + total + MARGIN2,
      above: spread(sourceWidths, sourceGaps, MARGIN2, total),
      below: spread(stepWidths, stepGaps, MARGIN2, total)
    };
  }
  function spread(widths2, gaps, left, total) {
    const free = Math.max(0, total - sum(widths2) - sum(gaps)) / widths2.length;
    let x = left;
    return widths2.map((width, i) => {
      const middle = x + (width + free) / 2;
      x += width + free + gaps[i];
      return { middle, width: width + free };
    });
  }
  function picture(page, words) {
    const { sourceWords, writes } = page.inspection;
    const { above } = words;
    const links = svg("g", { "aria-hidden": "true" });
    const preview = (drawn2) => links.replaceChildren(...drawn2.flat());
    const chosen = () => preview(linksOfStep(page, page.state.step, words));
    chosen();
    return drawing(
      words.width,
      LANE.end + 4,
      {
        role: "group",
        "aria-label": "The sentence above, the translation below, linked by attention"
      },
      links,
      sourceWords.filter(({ pieces }) => pieces.length > 1).map(({ pieces }) => join(pieces, above)),
      svg(
        "g",
        { role: "group", "aria-label": "The sentence, read by the encoder" },
        above.map(
          (place, s) => sourceToken(page, s, place, () => preview(linksOfSource(page, s, words)), chosen)
        )
      ),
      svg(
        "g",
        { role: "radiogroup", "aria-label": "Decoding steps" },
        writes.map(
          (_, t) => stepBox(page, t, words, () => preview(linksOfStep(page, t, words)), chosen)
        )
      )
    );
  }
  function gutter() {
    const line = (y, side, text) => [
      svg("rect", { class: side, x: 0, y: y - 14, width: 18, height: 18, rx: 4 }),
      svg("text", { class: "letter", x: 9, y, "text-anchor": "middle" }, side === "enc" ? "E" : "D"),
      svg("text", { class: "lane", x: 24, y }, text)
    ];
    return drawing(
      GUTTER,
      LANE.end + 4,
      { class: "gutter", "aria-hidden": "true" },
      line(LANE.source, "enc", "answers"),
      line(LANE.reads, "dec", "reads"),
      line(LANE.writes, "dec", "writes"),
      svg("text", { class: "lane", x: 24, y: LANE.probability }, "probability")
    );
  }
  function join(pieces, words) {
    const first = words[pieces[0]];
    const last = words[pieces[pieces.length - 1]];
    const from = first.middle - first.width / 2 + 4;
    const to = last.middle + last.width / 2 - 4;
    return svg("path", { class: "joins", d: `M${from} ${LANE.source + 7}H${to}` });
  }
  function weightsOfStep(page, t) {
    const { layer, head } = page.state;
    return page.inspection.cross[layer].weights[head][t];
  }
  function linksOfStep(page, t, { above, below }) {
    return weightsOfStep(page, t).map((w, s) => [
      ...w >= 5e-3 ? [link(w, above[s], below[t])] : [],
      ...weightAbove(w, above[s])
    ]);
  }
  function linksOfSource(page, s, { above, below }) {
    return below.map((step, t) => {
      const weight = weightsOfStep(page, t)[s] || 0;
      const drawn2 = [link(weight, above[s], step)];
      if (weight < 0.05) return drawn2;
      const place = { x: step.middle, y: LANE.to - 4, "text-anchor": "middle" };
      return [...drawn2, svg("text", { class: "tick", ...place }, whole(weight))];
    });
  }
  var link = (weight, from, to) => svg("path", {
    class: "link",
    "stroke-width": 1 + 8 * weight,
    "stroke-opacity": (0.06 + 0.84 * weight).toFixed(3),
    d: curve(from.middle, to.middle)
  });
  var curve = (from, to) => `M${from} ${LANE.from}C${from} ${LANE.from + 34} ${to} ${LANE.to - 34} ${to} ${LANE.to}`;
  function weightAbove(weight, { middle }) {
    const height = 34 * weight;
    const top = LANE.bars - height;
    const rx = Math.min(2, height / 2);
    const look = weight >= 0.05 ? "tick strong" : "tick faint";
    const place = { x: middle, y: top - 5, "text-anchor": "middle" };
    return [
      svg("rect", { class: "enc", x: middle - 12, y: top, width: 24, height, rx }),
      svg("path", { class: "joins", d: `M${middle - 12} ${LANE.bars}h24` }),
      svg("text", { class: look, ...place }, whole(weight))
    ];
  }
  function toSource(page, s) {
    document.getElementById(`source-${page.lastSource}`)?.setAttribute("tabindex", "-1");
    page.lastSource = s;
    const token = document.getElementById(`source-${s}`);
    token?.setAttribute("tabindex", "0");
    token?.focus();
  }
  function sourceToken(page, s, { middle, width }, look, leave) {
    const { state } = page;
    const { names, numSource } = page.inspection;
    const text = names.source[s];
    const isHidden = page.row().hidden[s];
    const isChosen = state.source === s;
    const choose = () => page.go({ source: isChosen ? null : s });
    return svg(
      "g",
      {
        class: "token",
        id: `source-${s}`,
        role: "button",
        tabindex: s === Math.min(page.lastSource, numSource - 1) ? 0 : -1,
        "aria-pressed": String(isChosen),
        "aria-label": `${text}, weight ${whole(page.row().weights[s])}: ${isHidden ? "hidden, " : ""}which decoding steps look at it`,
        onmouseenter: look,
        onfocus: look,
        onmouseleave: leave,
        onblur: leave,
        onclick: choose,
        onkeydown: (event) => {
          if (isPress(event)) choose();
          else if (event.key === "ArrowDown") {
            event.preventDefault();
            document.getElementById(`step-${page.state.step}`)?.focus();
          } else {
            const to = target2(event, s, numSource);
            if (to !== null) toSource(page, within(to, numSource));
          }
        }
      },
      svg("rect", {
        class: "hit",
        x: middle - width / 2,
        y: LANE.source - 18,
        width,
        height: 28,
        rx: 5
      }),
      svg("text", { class: "enc word", x: middle, y: LANE.source, "text-anchor": "middle" }, text),
      isHidden && svg("path", {
        class: "ghost",
        d: `M${middle - width / 2 + 3} ${LANE.source - 5}h${width - 6}`
      })
    );
  }
  function stepBox(page, t, { below }, look, leave) {
    const { names, logprobs, numSteps } = page.inspection;
    const { middle, width } = below[t];
    const probability = chance(Math.exp(logprobs[t]));
    const isChosen = t === page.state.step;
    const label = (look2, y, text) => svg("text", { class: look2, x: middle, y, "text-anchor": "middle" }, text);
    return svg(
      "g",
      {
        class: "token",
        id: `step-${t}`,
        role: "radio",
        tabindex: isChosen ? 0 : -1,
        "aria-checked": String(isChosen),
        "aria-label": `Decoding step ${t + 1}: reads ${names.reads[t]}, writes ${names.writes[t]}, probability ${probability}`,
        onmouseenter: look,
        onmouseleave: leave,
        onclick: () => page.go({ step: t }),
        onkeydown: (event) => {
          if (isPress(event)) page.go({ step: t });
          else if (event.key === "ArrowUp") {
            event.preventDefault();
            toSource(page, largest2(page.row().weights));
          } else {
            const to = target2(event, t, numSteps);
            if (to === null) return;
            page.go({ step: to });
            document.getElementById(`step-${page.state.step}`)?.focus();
          }
        }
      },
      svg("rect", {
        class: isChosen ? "hit chosen" : "hit",
        x: middle - width / 2,
        y: LANE.to,
        width,
        height: LANE.end - LANE.to,
        rx: 6
      }),
      label("read", LANE.reads, names.reads[t]),
      label("dec word strong", LANE.writes, names.writes[t]),
      label("tick faint", LANE.probability, probability),
      below[t + 1] && fed(below[t], below[t + 1])
    );
  }
  function fed(from, to) {
    const left = from.middle + from.width / 2 - 7;
    const right = to.middle - to.width / 2 + 7;
    return svg("path", {
      class: "fed",
      d: `M${left} ${LANE.writes - 9}L${right} ${LANE.reads + 1}`
    });
  }
  function isPress(event) {
    const presses = event.key === "Enter" || event.key === " ";
    if (presses) event.preventDefault();
    return presses;
  }
  function target2(event, at, size) {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: size - 1 }[event.key];
    if (to === void 0) return null;
    event.preventDefault();
    return to;
  }

  // translator/inspection/page/js/panels/who_asks.js
  var MILLISECONDS_A_STEP = 1400;
  var NOTABLE2 = 0.1;
  function whoAsks(page) {
    const { names } = page.inspection;
    const t = page.state.step;
    const csv5 = () => [
      ["decoding step", "reads", "writes", "source", "weight"],
      ...page.row().weights.map((w, s) => [t + 1, names.reads[t], names.writes[t], names.source[s], w])
    ];
    return [
      el("p", { id: "look" }, inOneSentence(page)),
      el("p", { id: "effect", class: "effect" }, effectOf(page)),
      figure(page, "who", csv5, lanes(page), null, tries(page)),
      fold(page, "who", "What else could it have written?", () => alternatives(page)),
      fold(page, "reading", "How to read this picture", () => [
        p(
          "Above stands the source as the encoder reads it, token by token; below, each decoding step: the token that the decoder has just read, and the one that it writes next, with its probability. A line under tokens joins the pieces of one word. Lines show the weights of the chosen head at the chosen decoding step. Point at a source token to see which decoding steps look at it; choose it to hide it."
        )
      ])
    ];
  }
  function inOneSentence(page) {
    const { names, logprobs } = page.inspection;
    const { step } = page.state;
    const { weights } = page.row();
    const order = heaviest(weights).filter((s) => weights[s] >= NOTABLE2);
    const written3 = el("b", { class: "dec" }, names.writes[step]);
    const first = [
      "To write ",
      written3,
      ", the decoder asks: this is its ",
      term("dec", "query", "Q"),
      ". Every source token offers a ",
      term("enc", "key", "K"),
      "; "
    ];
    const chanceOfIt = chance(Math.exp(logprobs[step]));
    const last = [
      ", and what comes back is the mix of their ",
      term("enc", "values", "V"),
      " in these shares. So informed, by this head and the others, the model writes ",
      el("b", { class: "dec" }, names.writes[step]),
      ` with probability ${chanceOfIt}.`
    ];
    if (!order.length) return [...first, "none of them gets more than 10%", ...last];
    const [best, ...others] = order;
    return [
      ...first,
      el("b", { class: "enc" }, names.source[best]),
      others.length ? " fits best " : " fits by far the best ",
      `(${whole(weights[best])})`,
      others.length > 0 && [
        ", then ",
        others.map((s, i) => [
          i > 0 && (i === others.length - 1 ? " and " : ", "),
          el("b", { class: "enc" }, names.source[s]),
          ` (${whole(weights[s])})`
        ])
      ],
      ...last
    ];
  }
  var term = (side, word, letter) => el("b", { class: `term ${side}` }, word, " ", el("span", { class: `badge ${side}` }, letter));
  function effectOf(page) {
    const { answer, original, state } = page;
    if (!answer || !page.isChanged()) return null;
    const { before, after } = answer;
    const t = Math.min(state.step, original.numSteps - 1);
    const [was, is] = [before[t], after[t]].map((x) => chance(Math.exp(x)));
    const token = el("b", { class: "dec" }, original.names.writes[t]);
    if (was === is) {
      return [
        "Your changes do not matter for ",
        token,
        ` at decoding step ${t + 1}: it stays at ${was}.`
      ];
    }
    return [
      "With your changes, ",
      token,
      ` at decoding step ${t + 1} is `,
      el("b", {}, is),
      ` probable instead of ${was}, after the same words before it.`
    ];
  }
  function tries(page) {
    const { state, inspection } = page;
    const { weights, hidden } = page.row();
    const { intervention, layer, head, step, source } = state;
    const [first, second] = heaviest(weights);
    const isMuted = `${layer}.${head}` in intervention.ablate;
    const canHide = source !== null && hidden.filter((is) => !is).length > 1;
    return [
      inspection.numSource > 1 && !isMuted && !hidden[second] && el(
        "button",
        {
          id: "switch",
          class: "main",
          onclick: () => page.change(withRow(intervention, { layer, head, step }, switched(weights)))
        },
        `Try: switch the weights of ${inspection.names.source[first]} and ${inspection.names.source[second]}`
      ),
      el(
        "button",
        {
          id: "mute",
          "aria-pressed": String(isMuted),
          onclick: () => page.change(toggleHead(intervention, layer, head))
        },
        isMuted ? "Let this head speak again" : "Mute this head"
      ),
      source !== null && source < inspection.numSource && (canHide || intervention.drop.includes(source)) && el(
        "button",
        { id: "hide", onclick: () => page.change(toggleToken(intervention, source)) },
        intervention.drop.includes(source) ? `Show ${quoted(inspection.names.source[source])} again` : `Hide ${quoted(inspection.names.source[source])} from the model`
      ),
      el(
        "button",
        { id: "play", onclick: () => play(page) },
        page.playing ? "Pause" : "Play the decoding steps"
      )
    ];
  }
  function alternatives(page) {
    const { inspection, state } = page;
    const { step } = state;
    const written3 = inspection.writeIds[step];
    const best = inspection.alternatives[step];
    const listed = best.some(({ id }) => id === written3) ? best : [...best, { id: written3, name: inspection.writes[step], logprob: inspection.logprobs[step] }];
    const others = 1 - sum(listed.map(({ logprob }) => Math.exp(logprob)));
    const line = (name, share, isWritten) => [
      name.replaceAll("▁", "") || name,
      chance(share),
      el(
        "span",
        { class: "with" },
        bar2(share, isWritten ? "dec" : "other", 160),
        isWritten ? " written" : ""
      )
    ];
    return [
      div(
        "",
        table(
          "The most probable tokens",
          ["token", "probability", ""],
          [
            ...listed.map(({ id, name, logprob }) => line(name, Math.exp(logprob), id === written3)),
            line(`all ${page.embedded.config.vocabSize - listed.length} others`, others, false)
          ]
        )
      ),
      p(
        `Log-probability of ${quoted(inspection.names.writes[step])}: ${num(inspection.logprobs[step])} nats.`,
        " Training with label smoothing asks the model to keep some probability for all other tokens, so even a sure model stays below 100%."
      )
    ];
  }
  function play(page) {
    const isLast = () => page.state.step === page.inspection.numSteps - 1;
    if (page.playing) {
      clearInterval(page.playing);
      page.playing = null;
    } else {
      if (isLast()) page.go({ step: 0 });
      page.playing = window.setInterval(() => {
        if (isLast()) play(page);
        else page.go({ step: page.state.step + 1 });
      }, MILLISECONDS_A_STEP);
    }
    page.update();
  }

  // translator/inspection/page/js/panels/heads.js
  var NUM_LOOKS = 3;
  function heads2(page) {
    const { numHeads, dHead, dModel } = page.inspection;
    const layer = page.state.layer + 1;
    const joined = joinedBy(page);
    const muting = mutingOf(page);
    const i = page.state.output;
    const csv5 = () => [
      ["vector", ...joined.result.map((_, j) => j + 1)],
      ["concatenated contexts", ...joined.contexts.flat()],
      ...joined.outputs.map((one, head) => [`head ${head + 1} times W_O`, ...one]),
      ["bias", ...joined.bias],
      ["sum", ...joined.result]
    ];
    return [
      p(
        `Layer ${layer} looks ${numHeads} times at once. Each head has a W_Q, W_K and W_V of its own, so it asks its own question and brings back its own context of ${dHead} numbers. Side by side they are ${numHeads * dHead}; W_O mixes them into one vector, which is added to the decoder's state.`
      ),
      el(
        "p",
        { id: "backup", class: "effect" },
        page.isChanged() ? [effectOf(page), nowReads(page)] : muting && finding(page, muting)
      ),
      figure(
        page,
        "heads",
        csv5,
        flow(page, joined),
        "Click a number of the result: the line under it writes out what each head adds to it.",
        tryLayer(page)
      ),
      fold(
        page,
        "number",
        `Number ${i + 1} in full: ${dModel} products and a bias`,
        () => inFull(page, joined)
      ),
      muting && fold(page, "add-up", "Do the effects add up?", () => addUp(page, muting)),
      fold(page, "one-head", "And with one head only?", () => [
        el("p", { id: "one-head" }, oneHead(page))
      ])
    ];
  }
  function nowReads({ embedded, inspection, original }) {
    if (inspection.translation === original.translation) return " The translation stays the same.";
    const lang = embedded.languages?.target;
    return [" The model now translates: ", el("b", { lang }, inspection.translation)];
  }
  function joinedBy({ inspection, model, state }) {
    const { layer, step } = state;
    const contexts = inspection.cross[layer].contexts.map((of) => of[step]);
    const { weight: wO, bias } = model.transformer.projection("cross_attn", layer, "out_proj");
    const outputs = contexts.map((context, head) => project2(wO, context, head));
    const result = bias.map((x, j) => x + sum(outputs.map((one) => one[j])));
    return { contexts, wO, bias, outputs, result };
  }
  function flow(page, joined) {
    const { numHeads, dHead, dModel } = page.inspection;
    const all = headsOf(page.inspection);
    const { outputs, bias, result } = joined;
    const i = page.state.output;
    const terms = outputs.map((one, head) => `head ${head + 1}: ${factor(one[i])}`).join(" + ");
    return [
      div(
        "cards",
        all.map((head) => card(page, head))
      ),
      h4(`Their contexts side by side: ${numHeads} × ${dHead} = ${numHeads * dHead} numbers`),
      div(
        "segments",
        all.map((head) => el("span", {}, `head ${head + 1}`))
      ),
      wide("Contexts side by side", concatenated(page, joined)),
      h4(
        el("span", { "aria-hidden": "true" }, "↓ "),
        `times W_O (${numHeads * dHead} × ${dModel}), plus a bias: what is added to the decoder's state`
      ),
      wide("After W_O", resultOf(page, joined)),
      el(
        "p",
        { class: "arithmetic", id: "arithmetic-heads" },
        `Number ${i + 1} of it: ${terms} + bias: ${factor(bias[i])} = ${num(result[i])}`
      )
    ];
  }
  function card(page, head) {
    const { layer, step, intervention } = page.state;
    const { cross, names } = page.inspection;
    const weights = cross[layer].weights[head][step];
    const isMuted = `${layer}.${head}` in intervention.ablate;
    const looks = heaviest(weights).slice(0, NUM_LOOKS).filter((s) => weights[s] > 0);
    return div(
      head === page.state.head ? "card here" : "card",
      div(
        "card-title",
        el("b", {}, `head ${head + 1}`),
        el(
          "button",
          {
            id: `mute-head-${head}`,
            "aria-label": `Mute head ${head + 1}`,
            "aria-pressed": String(isMuted),
            onclick: () => page.change(toggleHead(intervention, layer, head))
          },
          isMuted ? "muted" : "mute"
        )
      ),
      looks.length ? div(
        "looks",
        looks.map((s) => [
          el("span", { class: "enc" }, names.source[s]),
          bar2(weights[s], "enc", 60),
          el("span", {}, whole(weights[s]))
        ])
      ) : p("It hands over nothing."),
      el("p", { class: "note", id: `without-${head}` }, effectOfHead(page, head))
    );
  }
  function effectOfHead(page, head) {
    const { inspection, state } = page;
    const { layer, step, intervention } = state;
    const isMuted = `${layer}.${head}` in intervention.ablate;
    const score2 = page.scoreWith(toggleHead(intervention, layer, head));
    const what = isMuted ? "With it again" : "Without it";
    const now = chance(Math.exp(inspection.logprobs[step]));
    const then = score2 && chance(Math.exp(score2.logprobs[step]));
    const name = inspection.names.writes[step];
    if (then === null) return `${what}: …`;
    return [
      `${what}: `,
      el("b", { class: "dec" }, name),
      then === now ? ` stays at ${now}` : ` ${then} instead of ${now}`
    ];
  }
  var long = (page, given) => heat(page, {
    ...given,
    width: Math.max(1.6, (page.room - 8) / given.values[0].length),
    height: 24
  });
  function concatenated(page, { contexts }) {
    const { dHead } = page.inspection;
    const joined = contexts.flat();
    const cuts = ({ left, above }, width) => {
      const lines = contexts.slice(1).map((_, head) => `M${left + width * dHead * (head + 1)} ${above - 1}v26`);
      return svg("path", { class: "cut", d: lines.join("") });
    };
    return long(page, {
      id: "concat",
      label: "concatenated contexts",
      values: [joined],
      tell: (_, j) => `head ${Math.floor(j / dHead) + 1}, ${j % dHead + 1}: ${num(joined[j])}`,
      extra: cuts
    });
  }
  function resultOf(page, { outputs, bias, result }) {
    const sumOf = (j) => outputs.map((one) => factor(one[j])).join(" + ");
    const chosen = ({ left, above }, width) => svg("rect", {
      class: "current",
      x: left + width * page.state.output - 1,
      y: above - 1,
      width: width + 1,
      height: 25
    });
    return long(page, {
      id: "result",
      label: "the vector after W_O",
      values: [result],
      tell: (_, j) => `number ${j + 1}: ${sumOf(j)} + bias ${factor(bias[j])} = ${num(result[j])}`,
      pick: (_, output) => page.go({ output }),
      extra: chosen
    });
  }
  function inFull({ inspection, state }, { contexts, wO, bias, result }) {
    const { layer, step, output: i } = state;
    const { dHead } = inspection;
    const computed = inspection.cross[layer].output[step][i];
    return [
      p(
        `Column ${i + 1} of W_O has a number for each of the ${wO.length} numbers side by side: ${dHead} for every head. Click a cell of the vector above to see another one.`
      ),
      contexts.map((context, head) => {
        const column = context.map((_, k) => wO[head * dHead + k][i]);
        return el(
          "p",
          { class: "arithmetic" },
          el("b", {}, `head ${head + 1}: `),
          `${products(context, column)} = `,
          el("b", {}, num(sum(context.map((x, k) => x * column[k]))))
        );
      }),
      el(
        "p",
        { class: "arithmetic", id: "checked-output" },
        `With the bias ${factor(bias[i])}: ${num(result[i])}. The model computed ${num(computed)}.`
      )
    ];
  }
  function oneHead(page) {
    const { names, numHeads, dModel, cross } = page.inspection;
    const { layer, step } = page.state;
    if (numHeads === 1) {
      return "This model has one head: one row of weights, and nothing to lay side by side.";
    }
    const rows = cross[layer].weights.map((of) => of[step]).filter((row2) => sum(row2) > 0);
    const places = [...new Set(rows.map(largest2))];
    const listed = places.map((s) => quoted(names.source[s])).join(", ");
    const here = places.length > 1 ? `Here the heads look most at ${places.length} different tokens: ${listed}. One row would have to choose, or blur.` : `Here all look most at ${listed}, so one row might have done; what they fetch from there still differs, since each has a W_V of its own.`;
    return `With one head there is one row of weights, and it has 100% to give. ${rows.length ? here : ""} The context of a single head would have all ${dModel} numbers, so such a model is no smaller. What it would have learned to look at, this one cannot tell.`;
  }

  // translator/inspection/page/js/painting.js
  var SHADES = 12;
  var painted = (values, top, box, side = null) => svg(
    "svg",
    {
      ...box,
      viewBox: `0 0 ${values[0].length} ${values.length}`,
      preserveAspectRatio: "none",
      "shape-rendering": "crispEdges"
    },
    svg("rect", { class: "paper", width: values[0].length, height: values.length }),
    [...shaded(values, top)].map(([key, d]) => {
      const [sign, shade] = key.split(" ");
      return svg("path", {
        class: side ?? sign,
        "fill-opacity": (Number(shade) / SHADES).toFixed(2),
        d
      });
    })
  );
  function shaded(values, top) {
    const paths = /* @__PURE__ */ new Map();
    values.forEach((row2, i) => {
      const keys = row2.map((x) => {
        const shade = Math.round(SHADES * Math.min(1, Math.abs(x) / top));
        return shade && `${x < 0 ? "minus" : "plus"} ${shade}`;
      });
      let from = 0;
      keys.forEach((key, j) => {
        if (key === keys[j + 1]) return;
        const width = j + 1 - from;
        if (key) paths.set(key, `${paths.get(key) ?? ""}M${from} ${i}h${width}v1h-${width}z`);
        from = j + 1;
      });
    });
    return paths;
  }

  // translator/inspection/page/js/panels/small_matrices.js
  var placeOf2 = (state, kind) => kind === "cross_attn" ? [state.layer, state.head] : state.self[kind];
  var miniSize = ({ room }) => Math.min(104, room / 4 - 18);
  function everyHead(page, kind, { title, answers }) {
    const { numHeads, matrices } = page.inspection;
    const room = miniSize(page);
    const go = (layer, head) => {
      const [toLayer, toHead] = [within(layer, matrices[kind].length), within(head, numHeads)];
      if (kind === "cross_attn") page.go({ layer: toLayer, head: toHead });
      else page.go({ self: { ...page.state.self, [kind]: [toLayer, toHead] } });
      document.getElementById(`mini-${kind}-${toLayer}-${toHead}`)?.focus();
    };
    return el(
      "div",
      { class: "many", role: "radiogroup", "aria-label": `Heads of ${title}` },
      matrices[kind].map(
        ({ weights }, layer) => div(
          "of-layer",
          el("span", { class: "note" }, `layer ${layer + 1}`),
          weights.map((of, head) => {
            const isMuted = kind === "cross_attn" && !of.flat().some(Boolean);
            const picture4 = small(of, answers, room, isMuted);
            return headButton(page.state, { kind, layer, head, isMuted, picture: picture4, go });
          })
        )
      )
    );
  }
  function headButton(state, { kind, layer, head, isMuted, picture: picture4, go }) {
    const [atLayer, atHead] = placeOf2(state, kind);
    const isChosen = layer === atLayer && head === atHead;
    return el(
      "button",
      {
        class: "mini",
        id: `mini-${kind}-${layer}-${head}`,
        role: "radio",
        tabindex: isChosen ? 0 : -1,
        "aria-checked": String(isChosen),
        "aria-label": `${headName(layer, head)}${isMuted ? ", muted" : ""}`,
        onclick: () => go(layer, head),
        onkeydown: (event) => {
          const by = MOVES[event.key];
          if (!by) return;
          event.preventDefault();
          go(layer + by[0], head + by[1]);
        }
      },
      picture4,
      el("span", { class: "note" }, `head ${head + 1}`)
    );
  }
  var MOVES = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1]
  };
  function small(weights, side, room, isMuted) {
    const [n, m] = [weights.length, weights[0].length];
    const cell2 = Math.max(2, Math.min(8, room / Math.max(n, m)));
    const box = { x: 1, y: 1, width: cell2 * m, height: cell2 * n };
    return drawing(
      box.width + 2,
      box.height + 2,
      { "aria-hidden": "true" },
      svg("rect", { class: "ground", ...box }),
      painted(weights, 1, box, side),
      isMuted && svg("path", { class: "ghost", d: `M1 ${box.height}L${box.width} 1` })
    );
  }

  // translator/inspection/page/js/panels/matrix.js
  var KINDS = {
    cross_attn: { title: "Cross-attention", asks: "dec", answers: "enc" },
    encoder_self_attn: { title: "Encoder self-attention", asks: "enc", answers: "enc" },
    decoder_self_attn: { title: "Decoder self-attention", asks: "dec", answers: "dec" }
  };
  var MEASURES = {
    weights: { name: "weight", title: "in percent", room: 20 },
    norms: { name: "length", title: "the length of what each token adds", room: 32 },
    difference: {
      name: "share of the lengths minus weight",
      title: "each token's share of the row's lengths, minus its weight",
      room: 28
    }
  };
  var weightsOf = (kind) => ({ kind, by: "weights", units: "tokens", id: kind });
  function matrix(page) {
    return [
      p(shapeOf2(page.inspection)),
      el("p", { id: "columns" }, aboutColumns(page)),
      attention(page, weightsOf("cross_attn"), {
        room: page.room > 900 ? page.room - miniSize(page) * 4 - 120 : page.room,
        caption: [aboutRow(page), " Click a row to go to its decoding step."],
        tools: tryRow(page)
      }),
      fold(page, "words", "By words instead of tokens", () => byWords(page)),
      fold(page, "norms", "Does a heavy weight add much?", () => byLength(page)),
      fold(page, "self", "Self-attention beside it: a square and a triangle", () => self(page))
    ];
  }
  function shapeOf2({ numSource, numSteps }) {
    const sizes = `Every decoding step has such a row. One below the other, they are a matrix of ${numSteps} decoding steps and ${numSource} source tokens`;
    return numSource === numSteps ? `${sizes}: a square only by chance, since the two sentences happen to be of the same length.` : `${sizes}: a rectangle, since the two sentences differ in length.`;
  }
  function aboutColumns({ inspection, state }) {
    const { names } = inspection;
    const { weights, mask } = inspection.cross[state.layer];
    const received = columnSums(weights[state.head]);
    const best = largest2(received);
    const least2 = largest2(received.map((x, s) => mask[s] ? -Infinity : -x));
    if (received[best] === 0) return "This head is muted: all its rows are empty.";
    return [
      "Each row shares out 100%. A column may get any amount: over all decoding steps, ",
      el("b", { class: "enc" }, names.source[best]),
      ` gets ${whole(received[best])}, `,
      el("b", { class: "enc" }, names.source[least2]),
      ` ${whole(received[least2])}.`
    ];
  }
  var columnSums = (m) => m[0].map((_, j) => sum(m.map((line) => line[j])));
  function aboutRow(page) {
    const { names } = page.inspection;
    const { step } = page.state;
    const { weights } = page.row();
    const best = largest2(weights);
    const row2 = `Outlined: decoding step ${step + 1}, which writes ${quoted(names.writes[step])}`;
    return weights[best] > 0 ? `${row2} and looks most at ${quoted(names.source[best])} (${whole(weights[best])}).` : `${row2}.`;
  }
  function tryRow(page) {
    const { names, cross } = page.inspection;
    const { layer, head, step } = page.state;
    const { spread: spread2, surest } = extremes(cross[layer].weights[head]);
    if (spread2 === surest) return null;
    const [to, which] = step === spread2 ? [surest, "surest"] : [spread2, "most undecided"];
    return el(
      "button",
      { id: "try-row", class: "main", onclick: () => page.go({ step: to }) },
      `Try: go to the ${which} row, which writes ${quoted(names.writes[to])}`
    );
  }
  function extremes(weights) {
    const heaviest2 = weights.map((line) => Math.max(...line));
    return { spread: largest2(heaviest2.map((x) => -x)), surest: largest2(heaviest2) };
  }
  function byWords(page) {
    const shown = { kind: "cross_attn", by: "weights", units: "words", id: "words" };
    return [
      p(
        "The columns of a word's tokens are summed: what the word gets. Its rows are averaged: where its decoding steps look."
      ),
      attention(page, shown, { room: page.room })
    ];
  }
  function byLength(page) {
    const room = page.room > 900 ? page.room / 2 - 30 : page.room;
    const beside = (by) => attention(page, { kind: "cross_attn", by, units: "tokens", id: by }, { room });
    return [
      p(
        "What a token adds is a vector: weight × value × W_O. A heavy weight on a short vector adds little, so weights alone say less than they seem to. ",
        aboutLengths(page)
      ),
      div("beside", beside("norms"), beside("difference"))
    ];
  }
  function aboutLengths({ inspection, state }) {
    const { weights, norms: norms2 } = inspection.cross[state.layer];
    const mean = (m) => columnSums(m).map((x) => x / m.length);
    const ofWeights = mean(weights[state.head]);
    const ofLengths = mean(shares(norms2[state.head]));
    const away = ofWeights.map((w, s) => Math.abs(ofLengths[s] - w));
    const most2 = largest2(away);
    const [weight, share] = [whole(ofWeights[most2]), whole(ofLengths[most2])];
    return away[most2] < 0.02 ? "In this head the two hardly differ." : `In this head, ${quoted(inspection.names.source[most2])} gets ${weight} of the weight and adds ${share} of the length.`;
  }
  function self(page) {
    const room = page.room > 900 ? page.room / 2 - 30 : page.room;
    return [
      p(
        "Within one sentence, those who ask and those who answer are the same tokens: a square. The encoder looks in both directions. The decoder looks back only, at what it has read so far, so the causal mask leaves it a triangle."
      ),
      div(
        "beside",
        attention(page, weightsOf("encoder_self_attn"), { room }),
        attention(page, weightsOf("decoder_self_attn"), { room })
      )
    ];
  }
  function attention(page, shown, { room, caption: caption3, tools }) {
    const { kind, by, units, id } = shown;
    const { title, asks, answers } = KINDS[kind];
    const [layer, head] = placeOf2(page.state, kind);
    const [rows, columns2] = unitsOf(page.inspection, shown);
    const values = valuesOf(page.inspection, shown, layer, head);
    const hasAll = by === "weights" && units === "tokens";
    const top = by === "weights" ? 1 : most(values);
    const width = cellWidth(rows, columns2, room);
    const csv5 = () => [
      ["", ...columns2.map(({ text }) => plain(text))],
      ...values.map((line, i) => [plain(rows[i].text), ...line])
    ];
    return figure(
      page,
      id,
      csv5,
      div(
        "whole",
        div(
          "",
          h4(`${title}, ${headName(layer, head)}: ${MEASURES[by].title}`),
          div("axes", axis(asks, "asks (Q)"), " ↓   ", axis(answers, "answers (K, V)"), " →"),
          wide(title, big(page, shown, { rows, columns: columns2, values, width, top })),
          width < MEASURES[by].room && colours(by, answers, top)
        ),
        hasAll && div("", h4("Every layer and head"), everyHead(page, kind, KINDS[kind]))
      ),
      caption3,
      tools
    );
  }
  function colours(by, side, top) {
    if (by === "weights") return legend(100, side, 0);
    return legend(top, by === "norms" ? side : null);
  }
  var axis = (side, verb) => el("span", { class: side }, side === "enc" ? `the source ${verb}` : `the decoder ${verb}`);
  function unitsOf({ names, sourceWords, writesWords }, { kind, units }) {
    if (units === "words") return [named(writesWords), named(sourceWords)];
    const [source, reads] = [tokens(names.source), tokens(names.reads)];
    if (kind === "encoder_self_attn") return [source, source];
    if (kind === "decoder_self_attn") return [reads, reads];
    const rows = names.writes.map((name, t) => ({
      text: readsAndWrites(names.reads[t], name),
      pieces: [t]
    }));
    return [rows, source];
  }
  var readsAndWrites = (reads, writes) => [
    [reads, "read"],
    [" → ", "faint"],
    [writes, "strong"]
  ];
  var tokens = (names) => names.map((text, i) => ({ text, pieces: [i] }));
  function named(words) {
    const names = nameAll(words.map(({ text }) => text));
    return words.map(({ pieces }, i) => ({ text: names[i], pieces }));
  }
  function valuesOf(inspection, shown, layer, head) {
    const { weights, norms: norms2 } = inspection.matrices[shown.kind][layer];
    const w = weights[head];
    if (shown.by === "norms") return norms2[head];
    if (shown.by === "difference") {
      return shares(norms2[head]).map((line, i) => line.map((x, j) => x - w[i][j]));
    }
    return shown.units === "tokens" ? w : merged(w, ...unitsOf(inspection, shown));
  }
  var merged = (m, rows, columns2) => rows.map(
    (row2) => columns2.map(
      (column) => sum(row2.pieces.map((i) => sum(column.pieces.map((j) => m[i][j])))) / row2.pieces.length
    )
  );
  var shares = (m) => m.map((line) => {
    const all = sum(line) || 1;
    return line.map((x) => x / all);
  });
  function cellWidth(rows, columns2, room) {
    const left = Math.max(...rows.map(({ text }) => labelWidth(text))) + 20;
    return Math.max(14, Math.min(46, (room - left) / columns2.length));
  }
  function big(page, { kind, by, id }, { rows, columns: columns2, values, width, top }) {
    const { step } = page.state;
    const { title, asks, answers } = KINDS[kind];
    const isSteps = kind !== "encoder_self_attn";
    const name = ({ text }) => quoted(plain(text));
    const isLater = (i, j) => kind === "decoder_self_attn" && j > i;
    const isHidden = (j) => kind !== "decoder_self_attn" && columns2[j].pieces.every((s) => page.inspection.cross[0].mask[s]);
    const tell = (i, j) => {
      const whom = `${name(rows[i])} may not look at ${name(columns2[j])}`;
      if (isLater(i, j)) return `${whom}: it comes later`;
      if (isHidden(j)) return `${whom}: it is hidden`;
      return `${name(rows[i])} asks, ${name(columns2[j])} answers: ${MEASURES[by].name} ${num(values[i][j])}`;
    };
    return heat(page, {
      id: `grid-${id}`,
      label: `${title}, ${headName(...placeOf2(page.state, kind))}: ${rows.length} rows, ${columns2.length} columns`,
      rows: rows.map(({ text }) => text),
      columns: columns2.map(({ text }) => text),
      values,
      width,
      height: Math.min(30, width),
      side: by === "difference" ? null : answers,
      top,
      rowSide: asks,
      columnSide: answers,
      hidden: (i, j) => isLater(i, j) || isHidden(j),
      numbers: width < MEASURES[by].room ? null : by === "weights" ? percent : short,
      current: isSteps ? rows.findIndex((row2) => row2.pieces.includes(step)) : -1,
      tell,
      pick: isSteps ? (i) => page.go({ step: rows[i].pieces[0] }) : null
    });
  }
  var percent = (x) => x >= 5e-3 ? num(100 * x, 0) : "";
  var short = (x) => Math.abs(x) >= 5e-3 ? num(x, 2).replace(/^(\D?)0\./, "$1.") : "";

  // translator/inspection/page/js/worked_sum.js
  var LISTED = 4;
  function workedSum(row2, column, bias) {
    const products2 = row2.map((x, i) => x * column[i]);
    const order = products2.map((_, i) => i);
    order.sort((a, b) => Math.abs(products2[b]) - Math.abs(products2[a]));
    const at = order.slice(0, LISTED);
    const others = order.slice(LISTED);
    return {
      listed: at.map((i) => ({ i, x: row2[i], weight: column[i], product: products2[i] })),
      numOthers: others.length,
      others: sum(others.map((i) => products2[i])),
      bias,
      total: sum(products2) + bias
    };
  }

  // translator/inspection/page/js/panels/row_steps.js
  function chosenSource(page) {
    const { source } = page.state;
    const { weights } = page.row();
    return source !== null && source < weights.length ? source : largest2(weights);
  }
  var arithmetic = (name, text) => el("p", { class: "arithmetic", id: `arithmetic-${name}` }, text);
  function scoreSteps(page, r) {
    const s = chosenSource(page);
    const name = page.inspection.names.source[s];
    const k = r.K[s];
    const root = Math.sqrt(r.q.length);
    const divided = page.state.intervention.scaling ? `; ${num(r.scores[s])} ÷ √${r.q.length} = ${num(r.scores[s])} ÷ ${num(root)} = ${num(r.scaled[s])}` : "; not divided, since you took the scaling away";
    return [
      vectors(page, {
        id: "products",
        label: "q times a key",
        rows: [[["q", "dec"]], [[`key of ${name}`, "enc"]], "product"],
        values: [r.q, k, r.q.map((x, i) => x * k[i])]
      }),
      arithmetic("scores", `${products(r.q, k)} = ${num(r.scores[s])}${divided}`),
      p(
        `A sum of ${r.q.length} products spreads about √${r.q.length} times as wide as one product. Divided by that, scores stay where the softmax can share.`
      )
    ];
  }
  function softmaxSteps(page, r) {
    const { names } = page.inspection;
    const { scaling, temperature } = page.state.intervention;
    const score2 = `${scaling ? "scaled score" : "score"}${temperature === 1 ? "" : ` ÷ ${num(temperature, 1)}`}`;
    const isSet = r.weights.some((w, s) => Math.abs(w - r.softmax[s]) > 5e-4);
    return [
      table(
        "The softmax",
        ["token", score2, "e^(it − largest)", `÷ ${num(r.total)}`, ...isSet ? ["in use"] : []],
        [
          ...r.logits.map((x, s) => [
            names.source[s],
            num(x),
            num(r.powers[s]),
            num(r.softmax[s]),
            ...isSet ? [num(r.weights[s])] : []
          ]),
          ["sum", "", num(r.total), num(sum(r.softmax)), ...isSet ? [num(sum(r.weights))] : []]
        ],
        chosenSource(page)
      ),
      p(
        "Each score becomes a power of e, and each power is divided by the sum of all. The largest score is taken off first, so that no power overflows: the shares stay the same.",
        isSet && " The weights in use are not the softmax's: you changed them."
      )
    ];
  }
  function contextSteps(page, r) {
    const { names } = page.inspection;
    const i = within(page.state.number, r.context.length);
    const rows = names.source.map((name, s) => [
      [`${num(r.weights[s], 2)} × `, "faint"],
      [name, "enc"]
    ]);
    return [
      vectors(page, {
        id: "weighted",
        label: "weight × value",
        rows: [...rows, [["sum: context", "strong"]]],
        values: [...r.V.map((v, s) => v.map((x) => r.weights[s] * x)), r.context],
        current: r.V.length
      }),
      arithmetic(
        "context",
        `Number ${i + 1} of the context: ${products(
          r.weights,
          r.V.map((v) => v[i])
        )} = ${num(r.context[i])}`
      )
    ];
  }
  var vectors = (page, given) => view(
    wide(
      given.label,
      heat(page, {
        ...given,
        width: Math.max(9, Math.min(22, (page.room - 120) / given.values[0].length)),
        height: 18,
        top: most(given.values),
        tell: (i, j) => `${plain(given.rows[i])}, number ${j + 1}: ${num(given.values[i][j])}`,
        pick: (_, number) => page.go({ number })
      })
    )
  );

  // translator/inspection/page/js/panels/origins.js
  var KINDS2 = {
    q_proj: {
      letter: "Q",
      matrix: "W_Q",
      side: "dec",
      states: "decoder's state",
      one: "query after"
    },
    k_proj: { letter: "K", matrix: "W_K", side: "enc", states: "encoder's output", one: "key of" },
    v_proj: { letter: "V", matrix: "W_V", side: "enc", states: "encoder's output", one: "value of" }
  };
  var NEXT = { v_proj: "k_proj", k_proj: "q_proj", q_proj: "v_proj" };
  var MATRIX_HEIGHT = 256;
  var BIAS_HEIGHT = 9;
  var TOLERANCE2 = 1e-3;
  function origins(page) {
    const product = productOf(page);
    const kind = KINDS2[page.state.projection];
    return [
      p(
        badgeOf("dec", "Q"),
        " comes from the decoder: its state times a matrix, W_Q, anew at each decoding step. ",
        badgeOf("enc", "K"),
        " and ",
        badgeOf("enc", "V"),
        " come from the encoder: its output times W_K, and the same output times W_V, once, before the first query. No attention weight has a part in V."
      ),
      el(
        "div",
        { class: "tools", role: "group", "aria-label": "Which product is worked out" },
        choices(page)
      ),
      figure(
        page,
        "origins",
        () => csv(product, kind),
        wide(`${kind.letter} as a product`, multiplication(page, product)),
        caption(page, kind),
        tryNext(page, product)
      ),
      fold(page, "products", `All ${product.weight.length} products of this number`, () => [
        writtenOut(product)
      ]),
      fold(page, "shared", "What do the other heads and layers use?", () => shared(page))
    ];
  }
  var caption = (page, { letter, side }) => [
    side === "dec" && "One row a decoding step, after the token that it has just read. ",
    `The true numbers of ${page.headName()}, stronger where they are larger: `,
    el("span", { class: "key plus" }, "above 0"),
    " ",
    el("span", { class: "key minus" }, "below 0"),
    `. Choose a number of ${letter}: its row and its column are framed, and the corner works it out.`
  ];
  var badgeOf = (side, text) => el("b", { class: `badge ${side}` }, text);
  function productOf(page) {
    const { inspection, model, state } = page;
    const { layer, head, step, projection } = state;
    const { names, memory, dHead } = inspection;
    const { queryInput, queries, keys, values } = inspection.cross[layer];
    const { weight, bias } = model.transformer.projection("cross_attn", layer, projection);
    const ofHead = (row2) => row2.slice(head * dHead, (head + 1) * dHead);
    const matrix2 = { weight: weight.map(ofHead), bias: ofHead(bias) };
    const j = within(state.number, dHead);
    if (projection === "q_proj") {
      const results2 = queries[head];
      return { ...matrix2, inputs: queryInput, names: names.reads, results: results2, i: step, j };
    }
    const results = (projection === "k_proj" ? keys : values)[head];
    return { ...matrix2, inputs: memory, names: names.source, results, i: chosenSource(page), j };
  }
  var choices = (page) => (
    /** @type {Projection[]} */
    ["q_proj", "k_proj", "v_proj"].map((projection) => {
      const { letter, matrix: matrix2, side, states } = KINDS2[projection];
      return el(
        "button",
        {
          id: `show-${projection}`,
          class: `product ${side}-side`,
          "aria-pressed": String(projection === page.state.projection),
          onclick: () => page.go({ projection })
        },
        `${states} × ${matrix2} = `,
        badgeOf(side, letter)
      );
    })
  );
  function multiplication(page, product) {
    const { side, letter, matrix: matrix2, states } = KINDS2[page.state.projection];
    const { weight, inputs } = product;
    const size = sizesOf(page, product);
    return div(
      `multiplication ${side}-side`,
      div("corner", worked(page, product)),
      div(
        "upper",
        titled(matrix2, `${weight.length} × ${weight[0].length} + bias`),
        matrixPicture(product, matrix2, size)
      ),
      div(
        "states",
        titled(states, `${inputs.length} × ${weight.length}`),
        statesPicture(product, states, side, size)
      ),
      div(
        "result",
        titled(letter, `${inputs.length} × ${weight[0].length}`),
        resultsGrid(page, product, size)
      )
    );
  }
  var titled = (name, shape) => div("title", name, " ", el("span", { class: "shape" }, shape));
  function sizesOf({ room }, { names, weight }) {
    const gutter2 = gutterOf(names);
    const free = Math.min(room, 1e3) - gutter2 - 20;
    return {
      gutter: gutter2,
      state: Math.max(1, Math.min(4, 0.56 * free / weight.length)),
      cell: Math.max(4, Math.min(11, 0.44 * free / weight[0].length)),
      line: names.length > 20 ? 12 : 16
    };
  }
  function matrixPicture({ weight, bias, j }, name, { cell: cell2 }) {
    const width = cell2 * bias.length;
    const top = most(weight);
    const below = MATRIX_HEIGHT + 5;
    const box = { x: 1, width };
    return drawing(
      width + 2,
      below + BIAS_HEIGHT + 1,
      {
        role: "img",
        "aria-label": `${name}: ${weight.length} rows, ${bias.length} columns, and its bias`
      },
      painted(weight, top, { ...box, y: 1, height: MATRIX_HEIGHT }),
      painted([bias], top, { ...box, y: below, height: BIAS_HEIGHT }),
      lit(1 + cell2 * j, 1, cell2, below + BIAS_HEIGHT - 1)
    );
  }
  function statesPicture({ inputs, names, i }, name, side, { gutter: gutter2, state, line }) {
    const width = state * inputs[0].length;
    const height = line * inputs.length;
    return drawing(
      gutter2 + width + 1,
      height + 2,
      { role: "img", "aria-label": `${name}: ${inputs.length} rows, ${inputs[0].length} columns` },
      svg(
        "g",
        { class: side },
        names.map(
          (text, at) => svg("text", { x: gutter2 - 7, y: 1 + line * (at + 0.5) + 4, "text-anchor": "end" }, text)
        )
      ),
      painted(inputs, most(inputs), { x: gutter2, y: 1, width, height }),
      lit(gutter2, 1 + line * i, width, line)
    );
  }
  function resultsGrid(page, { results, names, i, j }, { cell: cell2, line }) {
    const { projection } = page.state;
    const { letter, one } = KINDS2[projection];
    return heat(page, {
      id: "results",
      label: `${letter}: ${results.length} rows, ${results[0].length} columns`,
      values: results,
      width: cell2,
      height: line,
      tell: (at, number) => `${one} ${names[at]}, number ${number + 1}: ${num(results[at][number])}`,
      pick: (at, number) => page.go({ ...placed3(projection, at), number }),
      extra: ({ left, above }) => lit(left + cell2 * j, above + line * i, cell2, line)
    });
  }
  var placed3 = (projection, i) => projection === "q_proj" ? { step: i } : { source: i };
  var lit = (x, y, width, height) => svg("rect", { class: "lit", x, y, width, height });
  function worked(page, { inputs, names, weight, bias, results, i, j }) {
    const { letter, one } = KINDS2[page.state.projection];
    const column = weight.map((row2) => row2[j]);
    const { listed, numOthers, others, total } = workedSum(inputs[i], column, bias[j]);
    const top = Math.max(...listed.map(({ product }) => Math.abs(product)), Math.abs(others));
    const hasBars = page.room >= 720;
    const line = (text, x) => [text, signed(x, 3), ...hasBars ? [twoWay(x, top, 60)] : []];
    return [
      div("title", `Number ${j + 1} of the ${one} `, el("b", { class: "name" }, names[i])),
      table(
        `Number ${j + 1} as a sum`,
        ["row × column", "product", ...hasBars ? [""] : []],
        [
          ...listed.map(
            ({ i: at, x, weight: w, product }) => line(`${at + 1}: ${num(x)} × ${factor(w)}`, product)
          ),
          ...numOthers ? [line(`${numOthers} others together`, others)] : [],
          line("bias", bias[j])
        ]
      ),
      p(verdict3(weight.length, total, results[i][j], letter))
    ];
  }
  var verdict3 = (numProducts, total, recorded, letter) => {
    const isSame = Math.abs(total - recorded) < TOLERANCE2 * Math.max(1, Math.abs(recorded));
    return [
      `${numProducts} products and the bias sum to `,
      el("b", {}, num(total)),
      isSame ? `, as in ${letter}.` : `, but ${letter} has ${num(recorded)}.`
    ];
  };
  function writtenOut({ inputs, weight, bias, i, j }) {
    const column = weight.map((row2) => row2[j]);
    const { total } = workedSum(inputs[i], column, bias[j]);
    const text = `${products(inputs[i], column)} + bias ${factor(bias[j])} = ${num(total)}`;
    return el("p", { class: "arithmetic" }, text);
  }
  function tryNext(page, { results, i, j }) {
    const { projection } = page.state;
    const { letter } = KINDS2[projection];
    const top = most(results);
    const [atI, atJ] = placeOf3(results, top);
    if (atI === i && atJ === j) {
      const next = NEXT[projection];
      return tryButton(
        `Try: see where ${KINDS2[next].letter} comes from`,
        () => page.go({ projection: next })
      );
    }
    const text = `Try: work out the largest number in ${letter}, ${num(results[atI][atJ])}`;
    return tryButton(text, () => page.go({ ...placed3(projection, atI), number: atJ }));
  }
  var tryButton = (text, onclick) => el("button", { id: "try-origins", class: "main", onclick }, text);
  function placeOf3(values, size) {
    const i = values.findIndex((row2) => row2.some((x) => Math.abs(x) === size));
    return [i, values[i].findIndex((x) => Math.abs(x) === size)];
  }
  function shared({ inspection, state }) {
    const { numHeads, numLayers, numSteps, dHead, dModel } = inspection;
    const { layer, head } = state;
    const columns2 = `columns ${head * dHead + 1} to ${(head + 1) * dHead}`;
    return [
      p(
        `W_Q, W_K and W_V of layer ${layer + 1} are ${dModel} × ${dModel} each; head ${head + 1} of ${numHeads} uses their ${columns2}, and the other heads the rest.`
      ),
      p(
        numLayers > 1 ? `The ${numLayers} decoder layers all read the same encoder's output, but each has a W_Q, W_K and W_V of its own: choose another layer above, and K and V change while the encoder's output stays.` : "This model has one decoder layer; with more of them, each would multiply the same encoder's output by a W_K and a W_V of its own."
      ),
      p(
        `So K and V are computed once a sentence, and q at each of the ${numSteps} decoding steps: the decoder's state is another after each token that it has read. A layer normalization comes before W_Q, and one closes the encoder; the states here are the normalized ones.`
      )
    ];
  }
  var csv = ({ inputs, names, weight, bias, results }, { letter, matrix: matrix2, states }) => [
    ["what", "row", ...inputs[0].map((_, at) => at + 1)],
    ...inputs.map((row2, at) => [states, names[at], ...row2]),
    ...weight.map((row2, at) => [matrix2, at + 1, ...row2]),
    ["bias", "", ...bias],
    ...results.map((row2, at) => [letter, names[at], ...row2])
  ];

  // translator/inspection/page/js/panels/row_changes.js
  var WARM = 3;
  var PADS = 2;
  function softmaxChanges(page) {
    const { inspection, state } = page;
    const { temperature, scaling, pads, mask } = state.intervention;
    const written3 = inspection.names.writes[state.step];
    const root = num(Math.sqrt(inspection.dHead), 2);
    const toggle = (id, text, changed, back, is) => checkbox(id, text, { checked: is }, (checked) => page.change(checked ? changed : back));
    return [
      div(
        "wraps",
        table(
          "Changes to the whole model",
          ["change", "what to watch in the table above", `probability of ${quoted(written3)}`],
          [
            [
              temperatureSlider(page),
              "The scores are divided by it. Above 1 the weights even out; below 1 the heaviest takes more.",
              effect(page, { temperature: WARM }, temperature !== 1, ` at ${num(WARM, 1)}`)
            ],
            [
              toggle(
                "scaling",
                `no division by ${root}`,
                { scaling: false },
                { scaling: true },
                !scaling
              ),
              `The scores are ${root} times as large, so the heaviest token takes still more of each row.`,
              effect(page, { scaling: false }, !scaling)
            ],
            [
              toggle("pads", `add ${PADS} <pad>`, { pads: PADS }, { pads: 0, mask: true }, pads > 0),
              "As in a batch with a longer sentence. The mask sets their scores to −∞, so their weights are 0 and nothing else changes.",
              effect(page, { pads: PADS }, pads > 0)
            ],
            [
              toggle("mask", "and no mask", { pads: PADS, mask: false }, { mask: true }, !mask),
              "Now <pad> is a token like any other: it takes its share of every row, in the encoder too.",
              effect(page, { pads: PADS, mask: false }, !mask)
            ]
          ]
        )
      ),
      p("These change every layer and head of cross-attention, and the translation with them.")
    ];
  }
  function temperatureSlider(page) {
    const { temperature } = page.state.intervention;
    const shown = el("output", {}, num(temperature, 1));
    return el(
      "label",
      {},
      "temperature ",
      shown,
      el("br", {}),
      slider(
        { id: "temperature", min: 0.1, max: 5, step: 0.1, value: temperature },
        {
          drag: (value2) => {
            shown.textContent = num(value2, 1);
          },
          release: (value2) => page.change({ temperature: value2 })
        }
      )
    );
  }
  function effect(page, more, isMade, how2 = "") {
    const { step } = page.state;
    const now = chance(Math.exp(page.inspection.logprobs[step]));
    if (isMade) return `${now} now, with it`;
    const score2 = page.scoreWith(more);
    return `${now} → ${score2 ? chance(Math.exp(score2.logprobs[step])) : "…"}${how2}`;
  }

  // translator/inspection/page/js/panels/row.js
  var STRIP_HEIGHT = 14;
  var BAR_HEIGHT = 14;
  function row(page) {
    const r = page.row();
    const token = page.inspection.names.source[chosenSource(page)];
    return [
      p(...inWords2(page, r)),
      figure(
        page,
        "row",
        () => csv2(page, r),
        wide("The row", tableOf(page, r)),
        aboutLines(r),
        tries2(page, r)
      ),
      el("p", { id: "row-effect", class: "effect" }, effect2(page)),
      fold(page, "scores", `q · k of ${quoted(token)}, number by number`, () => scoreSteps(page, r)),
      fold(page, "softmax", `The softmax, worked`, () => softmaxSteps(page, r)),
      fold(page, "context", "Weight × value, number by number", () => contextSteps(page, r)),
      fold(
        page,
        "changes",
        "Change the softmax or the padding of the whole model",
        () => softmaxChanges(page)
      )
    ];
  }
  function inWords2({ inspection, state }, r) {
    const written3 = el("b", { class: "dec" }, inspection.names.writes[state.step]);
    if (sum(r.weights) === 0) {
      return [
        "To write ",
        written3,
        ", this head brings back nothing: it is muted, so all its weights are 0 and so is its context. Drag a weight, and it speaks again in this row."
      ];
    }
    return [
      "To write ",
      written3,
      ", ",
      el("b", { class: "dec" }, "q"),
      " is multiplied with each token's ",
      el("b", { class: "enc" }, "key"),
      "; the softmax turns these scores into weights that sum to 1; each token's ",
      el("b", { class: "enc" }, "value"),
      " counts as much as its weight. The sum, the context, is all that this head brings back. Drag a weight: the model translates anew."
    ];
  }
  var aboutLines = ({ weights, own }) => own?.some((_, s) => isOther(own[s], weights[s])) && "Upright lines mark the model's own weights, before your changes.";
  var isOther = (own, weight) => Math.abs(own - weight) > 5e-3;
  function tableOf(page, r) {
    const { names } = page.inspection;
    const chosen = chosenSource(page);
    const columns2 = columnsOf(page, r);
    const head = (text) => el("th", { scope: "col" }, text);
    return el(
      "table",
      { class: "worked" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          head("token"),
          columns2.map(({ head: text }) => head(text))
        )
      ),
      el(
        "tbody",
        {},
        names.source.map(
          (name, s) => el(
            "tr",
            { class: s === chosen && "here", onclick: () => page.go({ source: s }) },
            el("th", { scope: "row", class: "enc" }, name),
            columns2.map(({ cell: cell2 }) => el("td", {}, cell2(s)))
          )
        )
      ),
      el("tfoot", {}, contextLine(page, r, columns2.length))
    );
  }
  function columnsOf(page, r) {
    const { temperature, scaling } = page.state.intervention;
    const ofNumbers = (head, numbers) => ({ head, cell: (s) => num(numbers[s], 2) });
    const hidesAny = r.hidden.some(Boolean);
    return [
      ofNumbers("q · k", r.scores),
      ...scaling ? [ofNumbers(`÷ √${r.q.length}`, r.scaled)] : [],
      ...temperature === 1 ? [] : [
        ofNumbers(
          `÷ ${num(temperature, 1)}`,
          r.scaled.map((x) => x / temperature)
        )
      ],
      ...hidesAny ? [{ head: "mask", cell: (s) => r.hidden[s] ? num(-Infinity) : "" }] : [],
      { head: "softmax: weight (drag it)", cell: (s) => weightCell(page, r, s) },
      ...isWide(page) ? [{ head: "value", cell: (s) => value(page, r, s) }] : [],
      { head: "weight × value", cell: (s) => el("span", { id: `part-${s}` }, part2(page, r, s)) }
    ];
  }
  var weightCell = (page, r, s) => el(
    "span",
    { class: "with" },
    el(
      "span",
      { class: "weigh" },
      el("span", { id: `bar-${s}` }, weightBar(page, r, s)),
      !r.hidden[s] && weightSlider(page, r, s)
    ),
    el("span", { id: `shown-${s}` }, num(r.weights[s]))
  );
  var barWidth = (page) => isWide(page) ? 200 : 64;
  var isWide = ({ room }) => room >= 720;
  function weightBar(page, { weights, own }, s) {
    const width = barWidth(page);
    return drawing(
      width,
      BAR_HEIGHT,
      { "aria-hidden": "true" },
      svg("rect", { class: "track", width, height: BAR_HEIGHT, rx: 2 }),
      svg("rect", { class: "enc", width: width * weights[s], height: BAR_HEIGHT, rx: 2 }),
      own && isOther(own[s], weights[s]) && svg("path", { class: "ghost", d: `M${width * own[s]} 0v${BAR_HEIGHT}` })
    );
  }
  function weightSlider(page, r, s) {
    const visible = r.weights.map((_, at) => at).filter((at) => !r.hidden[at]);
    const chosen = chosenSource(page);
    const stop = visible.includes(chosen) ? chosen : visible[0];
    const { hold, drag, release } = dragging(page, r, s);
    return slider(
      {
        id: `weight-${s}`,
        min: 0,
        max: 1,
        step: 0.01,
        value: r.weights[s],
        tabindex: s === stop ? 0 : -1,
        "aria-label": `Weight of ${page.inspection.names.source[s]}; up and down go to another token`,
        onkeydown: (event) => {
          const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
          if (!by) return;
          event.preventDefault();
          const to = visible[visible.indexOf(s) + by];
          if (to === void 0) return;
          page.go({ source: to });
          byId(`weight-${to}`).focus();
        },
        onpointerdown: hold,
        onpointerup: release,
        onpointercancel: release
      },
      {
        drag: (value2) => {
          hold();
          drag(value2);
        },
        release
      }
    );
  }
  function dragging(page, r, s) {
    const { layer, head, step } = page.state;
    let wanted = null;
    let asking = null;
    const ask2 = async () => {
      while (wanted) {
        const intervention = withRow(page.state.intervention, { layer, head, step }, wanted);
        wanted = null;
        await page.go({ intervention, hypothesis: 0, source: s });
        byId("row-effect").replaceChildren(...nodes(effect2(page)));
      }
      asking = null;
    };
    return {
      // When the page is drawn there is nothing to follow: the numbers are here at once, and the
      // effect comes with each answer.
      hold: () => {
        page.held = { draw: row, follow: () => {
        } };
      },
      drag: (value2) => {
        wanted = withWeight(r.weights, r.hidden, s, value2);
        showAround(page, { ...r, weights: wanted, context: mix(wanted, r.V) }, s);
        asking ??= ask2();
      },
      release: async () => {
        const { held } = page;
        await asking;
        if (page.held !== held) return;
        page.held = null;
        page.update();
      }
    };
  }
  function showAround(page, r, held) {
    r.weights.forEach((w, s) => {
      const input = (
        /** @type {HTMLInputElement | null} */
        document.getElementById(`weight-${s}`)
      );
      if (input && s !== held) input.value = String(w);
      byId(`bar-${s}`).replaceChildren(weightBar(page, r, s));
      byId(`shown-${s}`).textContent = num(w);
      byId(`part-${s}`).replaceChildren(part2(page, r, s));
    });
    byId("context").replaceChildren(contextStrip(page, r));
    byId("total").textContent = num(sum(r.weights));
  }
  function effect2(page) {
    if (!page.isChanged()) return [];
    const { inspection, original, embedded } = page;
    const isOther2 = inspection.translation !== original.translation;
    return [
      effectOf(page),
      isOther2 ? " The translation is now: " : " The translation stays the same.",
      isOther2 && el("b", { lang: embedded.languages?.target }, inspection.translation)
    ];
  }
  var value = (page, r, s) => strip(page, r, r.V[s], `The value of ${page.inspection.names.source[s]}`);
  var part2 = (page, r, s) => strip(
    page,
    r,
    r.V[s].map((x) => r.weights[s] * x),
    `${num(r.weights[s])} × the value of ${page.inspection.names.source[s]}`
  );
  var contextStrip = (page, r) => strip(page, r, r.context, "The context");
  function strip(page, { V }, vector, label) {
    const free = isWide(page) ? (page.room - 560) / 2 : 64;
    const cell2 = Math.max(2, Math.min(9, free / vector.length));
    const box = { x: 1, y: 1, width: cell2 * vector.length, height: STRIP_HEIGHT };
    return drawing(
      box.width + 2,
      box.height + 2,
      {
        role: "img",
        "aria-label": `${label}: ${vector.length} numbers, length ${num(length(vector))}`
      },
      painted([vector], most(V), box)
    );
  }
  function contextLine(page, r, numColumns) {
    const room = el("span", { class: "weigh" }, drawing(barWidth(page), BAR_HEIGHT, {}));
    const total = el("span", { id: "total" }, num(sum(r.weights)));
    return el(
      "tr",
      {},
      el("th", { scope: "row", colspan: numColumns - (isWide(page) ? 2 : 1) }, "sum: the context"),
      el("td", {}, el("span", { class: "with" }, room, total)),
      isWide(page) && el("td", {}),
      el("td", {}, el("span", { id: "context" }, contextStrip(page, r)))
    );
  }
  function tries2(page, { weights, hidden }) {
    const { intervention, layer, head, step } = page.state;
    const place = { layer, head, step };
    const heaviest2 = largest2(weights);
    const name = page.inspection.names.source[heaviest2];
    const canDrag = hidden.filter((is) => !is).length > 1 && weights[heaviest2] > 0;
    const isSet = `${layer}.${head}.${step}` in intervention.override;
    return [
      canDrag && el(
        "button",
        {
          id: "zero",
          class: "main",
          onclick: () => page.change(withRow(intervention, place, withWeight(weights, hidden, heaviest2, 0)))
        },
        `Try: drag the weight of ${name} to zero`
      ),
      isSet && el(
        "button",
        { id: "own-weights", onclick: () => page.change(withoutRow(intervention, place)) },
        "Give this row its own weights back"
      )
    ];
  }
  function csv2({ inspection }, r) {
    return [
      [
        "token",
        "score",
        "scaled",
        "hidden",
        "after the mask and the temperature",
        "softmax",
        "weight",
        "the model's weight",
        ...r.q.map((_, i) => `q ${i + 1} × k ${i + 1}`),
        ...r.q.map((_, i) => `weight × v ${i + 1}`)
      ],
      ...r.K.map((k, s) => [
        inspection.names.source[s],
        r.scores[s],
        r.scaled[s],
        r.hidden[s],
        r.logits[s],
        r.softmax[s],
        r.weights[s],
        r.own?.[s],
        ...k.map((x, i) => r.q[i] * x),
        ...r.V[s].map((x) => r.weights[s] * x)
      ]),
      [
        "sum",
        "",
        "",
        "",
        "",
        sum(r.softmax),
        sum(r.weights),
        r.own && sum(r.own),
        ...r.q.map(() => ""),
        ...r.context
      ]
    ];
  }

  // translator/inspection/page/js/notices.js
  var MANY_PIECES = 4;
  var UNSURE = 0.4;
  var EOS2 = "</s>";
  function noticesOf({ embedded, inspection, state }) {
    const { numSource, sourceWords, writes, names, logprobs } = inspection;
    const { maxSrcLength } = embedded.config;
    const rare = sourceWords.filter(
      ({ pieces, isSpecial }) => !isSpecial && pieces.length >= MANY_PIECES
    );
    const least2 = largest2(logprobs.map((x) => -x));
    const isUnsure = Math.exp(logprobs[least2]) < UNSURE;
    return [
      numSource > maxSrcLength && `This sentence has ${numSource} tokens; the longest in training had at most ${maxSrcLength}. Expect a bad translation.`,
      rare.length > 0 && `The vocabulary has no piece for ${rare.map(({ text }) => quoted(text)).join(", ")}: cut into small pieces, such words are mostly guesses.`,
      isUnsure && `The model is unsure: it gave ${quoted(names.writes[least2])} only ${chance(Math.exp(logprobs[least2]))}.`,
      writes.at(-1) !== EOS2 && state.tgt === null && "The search was cut off at its length limit: the translation does not end."
    ].filter((notice) => notice !== false);
  }

  // translator/inspection/page/js/panels/beam.js
  var LINE = 40;
  var GAP = 18;
  function beam(page, hypotheses) {
    return [
      list2(page, hypotheses),
      figure(
        page,
        "beam",
        () => csv3(page, hypotheses),
        wide("Where the hypotheses part", picture2(page, hypotheses)),
        "One line a hypothesis, from the point where it parts from those above. Below a token, its probability after the tokens before it; at the end, that of the whole."
      )
    ];
  }
  function list2(page, hypotheses) {
    return el(
      "ol",
      { id: "beam", class: "hypotheses" },
      hypotheses.map(
        (one, i) => el(
          "li",
          {},
          el(
            "button",
            {
              id: `hypothesis-${i}`,
              class: "plain",
              lang: page.embedded.languages?.target,
              "aria-pressed": String(i === page.state.hypothesis),
              onclick: () => page.go({ hypothesis: i })
            },
            page.model.tokenizer.text(one.ids) || "(nothing)"
          ),
          el("span", { class: "quiet" }, ` ${whole2(one)}`)
        )
      )
    );
  }
  var whole2 = ({ logprobs }) => chance(Math.exp(sum(logprobs)));
  var branchesOf = (hypotheses) => hypotheses.map(({ ids }, i) => {
    const common = hypotheses.slice(0, i).map((earlier) => numShared(ids, earlier.ids));
    const start2 = Math.max(0, ...common);
    return { from: common.indexOf(start2), start: start2 };
  });
  function numShared(a, b) {
    const parting = a.findIndex((id, t) => id !== b[t]);
    return parting < 0 ? a.length : parting;
  }
  function picture2(page, hypotheses) {
    const branches = branchesOf(hypotheses);
    const names = hypotheses.map(({ ids }) => page.model.tokenizer.pieces([...ids]).map(show));
    const starts = columns(names, branches);
    const chosen = hypotheses[Math.min(page.state.hypothesis, hypotheses.length - 1)];
    const y = (line) => 18 + LINE * line;
    const lines = hypotheses.map((one, i) => {
      const { from, start: start2 } = branches[i];
      const shared2 = numShared(chosen.ids, one.ids);
      const end = starts[names[i].length];
      return svg(
        "g",
        { class: "token", onclick: () => page.go({ hypothesis: i }) },
        svg("rect", {
          class: "hit",
          x: starts[start2],
          y: y(i) - 15,
          width: end - starts[start2],
          height: 34
        }),
        from >= 0 && svg("path", { class: "fed", d: `M${starts[start2] - 8} ${y(from)}V${y(i) - 4}h6` }),
        names[i].map(
          (name, t) => t >= start2 && [
            svg("text", { class: t < shared2 ? "dec strong" : "", x: starts[t], y: y(i) }, name),
            svg(
              "text",
              { class: "faint tick", x: starts[t], y: y(i) + 14 },
              chance(Math.exp(one.logprobs[t]))
            )
          ]
        ),
        svg("text", { class: one === chosen ? "strong" : "", x: end, y: y(i) }, `= ${whole2(one)}`)
      );
    });
    const width = starts[starts.length - 1] + 70;
    return drawing(width, y(hypotheses.length) - 10, { "aria-hidden": "true" }, lines);
  }
  function columns(names, branches) {
    const numSteps = Math.max(...names.map((line) => line.length));
    const starts = [2];
    for (let t = 0; t < numSteps; t++) {
      const drawn2 = names.filter((line, i) => t >= branches[i].start && t < line.length);
      const widths2 = drawn2.map((line) => textWidth(line[t], 12, 700));
      starts.push(starts[t] + Math.max(30, ...widths2) + GAP);
    }
    return starts;
  }
  var csv3 = (page, hypotheses) => [
    ["hypothesis", "decoding step", "token", "log-probability"],
    ...hypotheses.flatMap(
      ({ ids, logprobs }, i) => page.model.tokenizer.pieces([...ids]).map((piece, t) => [i + 1, t + 1, show(piece), logprobs[t]])
    )
  ];

  // translator/inspection/page/js/panels/translation.js
  function translation(page) {
    const { inspection, original } = page;
    const isOther2 = inspection.translation !== original.translation;
    return [
      el(
        "p",
        { id: "german", lang: page.embedded.languages?.target },
        inspection.translation || "(nothing: the model ended at once)"
      ),
      page.isChanged() && el(
        "p",
        { class: "quiet", id: "unchanged" },
        isOther2 ? "Without your changes: " : "The same as without your changes.",
        isOther2 && el("span", { lang: page.embedded.languages?.target }, original.translation)
      ),
      how(page),
      noticesOf(page).map((notice) => el("p", { class: "notice" }, notice))
    ];
  }
  function how(page) {
    const { state, answer } = page;
    if (!answer) return null;
    if (state.tgt !== null) {
      return el(
        "p",
        { class: "quiet" },
        "This translation was given; the decoder reads it as if it had written it."
      );
    }
    const { hypotheses } = answer;
    return fold(page, "hypotheses", summaryOf(page), () => [
      el("div", { class: "tools" }, searches(page), state.search === "sampling" && again(page)),
      el("p", { class: "quiet" }, about(page)),
      hypotheses.length > 1 && beam(page, hypotheses)
    ]);
  }
  function summaryOf({ state, answer, beam: beam2 }) {
    const { hypotheses } = (
      /** @type {NonNullable<typeof answer>} */
      answer
    );
    if (state.search === "greedy") return "Found by greedy search";
    if (state.search === "sampling") return `Drawn at random, sample ${state.seed}`;
    const size = beam2.kind === "beam" ? beam2.beamSize : 1;
    return `Beam search, ${size} wide: this is number ${state.hypothesis + 1} of the ${hypotheses.length} that it found`;
  }
  function about({ state }) {
    const texts = {
      beam: "Beam search keeps several beginnings at once and ends with those whose tokens are most probable on average. Choose one: every row below is then that translation's own. Beside each, how probable the model finds it as a whole.",
      greedy: "Greedy search writes the most probable token at each decoding step and never goes back.",
      sampling: "Each token is drawn at random with the model's own probability."
    };
    return texts[state.search];
  }
  var searches = (page) => dropDown(
    "search",
    "how to search",
    [
      ["beam", "beam search"],
      ["greedy", "greedy"],
      ["sampling", "draw at random"]
    ],
    page.state.search,
    (value2) => page.go({ search: (
      /** @type {SearchName} */
      value2
    ), tgt: null, hypothesis: 0 })
  );
  var again = (page) => el(
    "button",
    { id: "again", onclick: () => page.go({ seed: page.state.seed + 1 }) },
    "Draw another"
  );

  // translator/inspection/page/js/panels/what_if.js
  var NOTABLE3 = 0.05;
  var MANY_HEADS = 16;
  var NUM_SORTED = 12;
  var NARROW = 600;
  var ROW = 23;
  var WAITING2 = "…";
  function whatIf(page) {
    const groups = groupsOf(page);
    const all = [...groups.tokens, ...groups.heads, ...groups.layers];
    if (!all.length) {
      return [p("One source token and no head are left: put something back, then ask what if.")];
    }
    return [
      el("p", { id: "verdict" }, verdict4(page, groups)),
      figure(
        page,
        "what-if",
        () => csv4(page, all),
        wide("What each change does", picture3(page, groups, all)),
        caption2(page),
        attempt2(page, groups)
      ),
      fold(
        page,
        "what-if-nats",
        "Sorted, in nats, and for the whole translation",
        () => sorted(page, all)
      ),
      fold(page, "pattern", `Does it matter where ${page.headName()} looks?`, () => pattern(page))
    ];
  }
  function groupsOf(page) {
    const { numLayers, numHeads } = page.inspection;
    const tried = (trial) => ({ ...trial, effects: effectsOf(page, trial.intervention) });
    const layers = numLayers * numHeads > MANY_HEADS ? [page.state.layer] : Array.from({ length: numLayers }, (_, layer) => layer);
    return {
      tokens: tokenTrials(page).map(tried),
      heads: layers.flatMap((layer) => headTrials(page, layer)).map(tried),
      layers: layerTrials(page).map(tried)
    };
  }
  function strongest(group, t) {
    let best = null;
    for (const trial of group) {
      if (!trial.effects) return null;
      const effect3 = trial.effects[t];
      const lost = effect3.before - effect3.after;
      if (!best || lost > best.lost) best = { trial, effect: effect3, lost };
    }
    return best;
  }
  function verdict4(page, { tokens: tokens2, heads: heads3, layers }) {
    const t = page.state.step;
    const token = strongest(tokens2, t);
    const head = strongest(heads3, t);
    const layer = strongest(layers, t);
    if (tokens2.length && !token || heads3.length && !head)
      return ["The model is reading the translation again …"];
    return [
      page.isChanged() && "What follows comes on top of your changes. ",
      token && ofTokens(page, token),
      head && [" ", ofHeads(head, layer, layer !== null && backUp(heads3, layer.trial, t))]
    ];
  }
  function ofTokens(page, { trial, effect: effect3, lost }) {
    const word = written2(page);
    if (lost < NOTABLE3) {
      return [word, " needs no single source token: whichever you hide, it keeps ", least(effect3)];
    }
    return [
      "Hide ",
      el("b", { class: "enc", lang: page.embedded.languages?.source }, trial.object),
      ", and ",
      word,
      ` falls from ${chance(effect3.before)} to `,
      el("b", {}, chance(effect3.after)),
      effect3.newTop === null ? "." : [": then ", german2(page, quoted(effect3.newTop)), " is the most probable."]
    ];
  }
  function ofHeads(head, layer, isBackedUp2) {
    const alone = head.lost < NOTABLE3 ? ["No single head matters: whichever you mute, it keeps ", least(head.effect)] : [`${sentence(nameOf(head.trial))}, and it keeps ${chance(head.effect.after)}.`];
    if (!layer) return alone;
    if (layer.lost < NOTABLE3) return [alone, " Nor does a whole layer."];
    return [
      alone,
      ` ${sentence(nameOf(layer.trial))}, and it keeps `,
      el("b", {}, chance(layer.effect.after)),
      isBackedUp2 ? ": its heads back each other up." : "."
    ];
  }
  function backUp(heads3, together2, t) {
    const nats = ({ effects }) => effects?.[t].nats ?? 0;
    const alone = heads3.filter(({ layer }) => layer === together2.layer);
    return alone.length > 0 && nats(together2) > 2 * sum(alone.map(nats));
  }
  var nameOf = ({ verb, object }) => `${verb} ${object}`;
  var least = ({ after }) => `at least ${chance(after)}.`;
  var sentence = (text) => text[0].toUpperCase() + text.slice(1);
  var german2 = (page, name) => el("b", { class: "dec", lang: page.embedded.languages?.target }, name);
  var written2 = (page) => german2(page, page.inspection.names.writes[page.state.step]);
  function picture3(page, groups, all) {
    const { names, numSteps, logprobs } = page.inspection;
    const rows = [
      page.isChanged() ? "your changes" : "no change",
      ...all.map((trial) => labelOf(trial, page.room < NARROW))
    ];
    const room = page.room - gutterOf(rows) - 10;
    const width = Math.max(30, Math.min(92, room / numSteps));
    const at = (i, t) => all[i - 1]?.effects?.[t];
    return heat(page, {
      id: "moves",
      label: "The probability of each written token when one thing is changed",
      rows,
      columns: names.writes,
      columnSide: "dec",
      values: rows.map(
        (_, i) => logprobs.map((_logprob, t) => {
          const effect3 = at(i, t);
          return effect3 ? shareMoved(effect3) : 0;
        })
      ),
      top: 2,
      // so that numbers stand out from the darkest cell, too
      width,
      height: ROW,
      numbers: (_, i, t) => {
        if (i === 0) return whole(Math.exp(logprobs[t]));
        const effect3 = at(i, t);
        return effect3 ? inCell(effect3, width) : "";
      },
      tell: (i, t) => {
        if (i === 0) return `${names.writes[t]}: ${chance(Math.exp(logprobs[t]))}`;
        const { effects } = all[i - 1];
        return `${sentence(nameOf(all[i - 1]))}: ${effects ? told(effects[t], names.writes[t]) : WAITING2}`;
      },
      pick: (i, step) => page.go(i === 0 ? { step } : { step, intervention: all[i - 1].intervention, hypothesis: 0 }),
      extra: (box) => svg(
        "g",
        {},
        separators(groups, box, width * numSteps),
        svg("rect", {
          class: "current",
          x: box.left + width * page.state.step - 1,
          y: box.above - 1,
          width: width + 1,
          height: ROW * rows.length + 1
        })
      )
    });
  }
  function labelOf({ verb, object }, isNarrow) {
    const label = [object, verb === "hide" ? "enc strong" : ""];
    return isNarrow ? [label] : [[`${verb} `, "faint"], label];
  }
  function separators({ tokens: tokens2, heads: heads3, layers }, { left, above }, width) {
    const ends = [1, tokens2.length, heads3.length].map((_, i, sizes) => sum(sizes.slice(0, i + 1)));
    return ends.filter((end) => end < 1 + tokens2.length + heads3.length + layers.length).map(
      (end) => svg("path", { class: "cut", d: `M4 ${above + ROW * end - 0.5}H${left + width}` })
    );
  }
  var shareMoved = ({ before, after }) => Math.abs(after - before) < NOTABLE3 ? 0 : (after - before) / Math.max(before, after);
  function inCell({ before, after, newTop }, width) {
    if (newTop === null) return Math.abs(after - before) < NOTABLE3 ? "" : short2(after);
    const fits = (text) => textWidth(text, 11) < width - 6;
    const texts = Array.from(newTop, (_, i) => `${short2(after)} → ${newTop.slice(0, i)}…`);
    return [...texts, `${short2(after)} → ${newTop}`].findLast(fits) ?? short2(after);
  }
  var short2 = (p2) => p2 < 5e-3 ? "<1%" : whole(p2);
  function told({ before, after, newTop }, name) {
    const top = newTop === null ? "" : `; ${quoted(newTop)} becomes the most probable`;
    if (chance(before) === chance(after)) return `${quoted(name)} stays at ${chance(after)}${top}`;
    const moves = after < before ? "falls" : "rises";
    return `${quoted(name)} ${moves} from ${chance(before)} to ${chance(after)}${top}`;
  }
  function caption2(page) {
    const { numLayers, numHeads } = page.inspection;
    return [
      "Each row changes one thing, and the model reads this translation again. Cells: how probable the written token is then, and what is then the most probable instead. Empty: it moves by less than 5 points. Choose a cell to make that change.",
      numLayers * numHeads > MANY_HEADS && ` Single heads: those of layer ${page.state.layer + 1}.`
    ];
  }
  function attempt2(page, { tokens: tokens2, heads: heads3, layers }) {
    const t = page.state.step;
    const token = strongest(tokens2, t);
    const best = token && token.lost >= NOTABLE3 ? token : strongest([...tokens2, ...heads3, ...layers], t);
    return best && el(
      "button",
      {
        id: "try-change",
        class: "main",
        onclick: () => page.go({ intervention: best.trial.intervention, hypothesis: 0 })
      },
      `Try: ${nameOf(best.trial)}${page.isChanged() ? " as well" : ""}`
    );
  }
  function csv4(page, all) {
    const { names, logprobs } = page.inspection;
    return [
      [
        "change",
        "decoding step",
        "written",
        "probability",
        "probability then",
        "nats",
        "most probable then"
      ],
      ...all.flatMap(
        (trial) => (trial.effects ?? []).map(({ before, after, nats, newTop }, t) => [
          nameOf(trial),
          t + 1,
          names.writes[t],
          before,
          after,
          -nats,
          newTop ?? page.inspection.alternatives[t][0].name
        ])
      ),
      ...logprobs.map((logprob, t) => ["nothing", t + 1, names.writes[t], Math.exp(logprob)])
    ];
  }
  function sorted(page, all) {
    const t = page.state.step;
    const known = all.flatMap(
      (trial) => trial.effects ? { name: nameOf(trial), effects: trial.effects } : []
    );
    known.sort((a, b) => b.effects[t].nats - a.effects[t].nats);
    const name = page.inspection.names.writes[t];
    return [
      table(
        "What moves the chosen token most",
        ["what if you …", `${name}: probability`, "log-probability", "of the whole translation"],
        known.slice(0, NUM_SORTED).map((one) => [
          one.name,
          `${chance(one.effects[t].before)} → ${chance(one.effects[t].after)}`,
          signed(-one.effects[t].nats),
          signed(-sum(one.effects.map(({ nats }) => nats)))
        ])
      ),
      quiet(
        "Log-probabilities in nats: the natural logarithm of the probability. A loss of 0.69 nats halves it, one of 2.3 leaves a tenth. The whole translation: the sum over its tokens. All changes, for all tokens, are in the CSV."
      )
    ];
  }
  var PATTERNS = [
    ["uniform", "it looks everywhere alike"],
    ["permute", "it looks half a sentence away"],
    ["zero", "it adds nothing"]
  ];
  function pattern(page) {
    const { state, inspection } = page;
    const { intervention, layer, head, step } = state;
    const tried = PATTERNS.map(([how2, what]) => {
      const changed = ablating(intervention, [`${layer}.${head}`], how2);
      return { how: how2, what, changed, effect: effectsOf(page, changed)?.[step] };
    });
    const [uniform, moved2, muted2] = tried.map(({ effect: effect3 }) => effect3);
    return [
      p(uniform && moved2 && muted2 ? patternVerdict(uniform, moved2, muted2) : WAITING2),
      table(
        `What ${page.headName()} does for ${inspection.names.writes[step]}`,
        ["what if …", "probability", "nats", ""],
        tried.map(({ how: how2, what, changed, effect: effect3 }) => [
          what,
          effect3 ? `${chance(effect3.before)} → ${chance(effect3.after)}` : WAITING2,
          effect3 ? num(-effect3.nats, 2) : WAITING2,
          el(
            "button",
            {
              id: `pattern-${how2}`,
              "aria-label": `Try: ${what}`,
              onclick: () => page.change(changed)
            },
            "Try"
          )
        ])
      )
    ];
  }
  function patternVerdict(uniform, moved2, muted2) {
    const matters = ({ before, after }) => Math.abs(after - before) >= NOTABLE3;
    if (matters(uniform) || matters(moved2))
      return "Yes: when it looks elsewhere, the written token becomes more or less probable.";
    if (matters(muted2)) return "No: what it adds matters here, but not where it takes it from.";
    return "Not here: whatever is done to this head alone, the written token keeps its probability.";
  }

  // translator/inspection/page/js/paper.js
  function layOutForPaper(page) {
    page.printing = [...page.unfolded];
    for (const more of document.querySelectorAll("details")) page.unfolded.add(more.id);
    page.update();
  }
  function layOutForScreen(page) {
    if (!page.printing) return;
    page.unfolded = new Set(page.printing);
    page.printing = null;
    page.update();
  }

  // translator/inspection/page/js/main.js
  var STORY = [
    ["Who asks, and who answers?", whoAsks],
    ["Where do Q, K and V come from?", origins],
    ["One row, worked", row],
    ["The whole matrix", matrix],
    ["Several heads", heads2],
    ["What if?", whatIf],
    ["Does attention explain?", explanation]
  ];
  start();
  async function start() {
    const embedded = JSON.parse(byId("model").textContent);
    const page = new Page(embedded, readModel(embedded));
    recall(page);
    introduce(embedded);
    byId("form").append(askForm(page));
    page.show(byId("translation"), translation);
    page.show(byId("controls"), controls);
    STORY.forEach(([title, draw2], i) => {
      byId("story").append(section(page, i + 1, title, draw2));
    });
    listen(page);
    await page.ask();
    checkItself(page);
  }
  function introduce({ name, parameters, precision }) {
    const millions = (parameters / 1e6).toFixed(parameters < 1e7 ? 2 : 1);
    document.title = `${name}: where the model looks`;
    byId("about").append(
      `This page is the model: the ${millions} million numbers of the run “${name}”, kept as ${precision}, work here in your browser. Nothing that you type leaves it.`
    );
  }
  function section(page, number, title, draw2) {
    const body = el("div", { class: "body" });
    page.show(body, draw2);
    return el(
      "section",
      { id: `section-${number}`, "aria-labelledby": `title-${number}` },
      el(
        "h2",
        { id: `title-${number}`, tabindex: -1 },
        el("span", { class: "ordinal" }, String(number)),
        title
      ),
      body
    );
  }
  function listen(page) {
    document.addEventListener("mousemove", (event) => {
      page.pointer = placeOf(event);
    });
    document.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      const target3 = (
        /** @type {Element} */
        event.target
      );
      if (target3.closest("input, select, textarea, [role=grid], .wide")) return;
      event.preventDefault();
      page.go({ step: page.state.step + by });
    });
    addEventListener("beforeprint", () => layOutForPaper(page));
    addEventListener("afterprint", () => layOutForScreen(page));
    page.dark.addEventListener("change", () => page.update());
    addEventListener("resize", () => {
      if (byId("story").clientWidth !== page.room) page.update();
    });
    addEventListener("hashchange", () => {
      recall(page);
      byId("text").value = page.state.text;
      page.ask();
    });
  }
})();
