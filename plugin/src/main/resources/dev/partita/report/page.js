'use strict';
(() => {
  const {report, search, illustrations} = JSON.parse(document.getElementById('data').textContent);
  const main = document.getElementById('main');
  const charts = [];

  // ---- Text

  const whole = new Intl.NumberFormat('en-US');
  const figure = new Intl.NumberFormat('en-US', {maximumSignificantDigits: 4});
  const ABSENT = '-';

  const count = value => value === null || value === undefined ? ABSENT : whole.format(value);
  const quantity = value => value === null || value === undefined ? ABSENT : figure.format(value);
  const times = value => value === null || value === undefined ? ABSENT : value.toPrecision(3) + 'x';
  const percent = value => value === null || value === undefined ? ABSENT : (100 * value).toFixed(2) + ' %';
  const plusMinus = (value, error, digits = 4) =>
    value === null || value === undefined
      ? ABSENT
      : value.toFixed(digits) + (error === null || error === undefined ? '' : ' ± ' + error.toFixed(digits));
  const change = (before, after) =>
    before && after !== null && after !== undefined
      ? (after <= before ? '' : '+') + (100 * (after - before) / before).toFixed(1) + ' %'
      : '';
  const words = code => String(code).replaceAll('_', ' ');

  // ---- Elements; text is always set as text, never parsed

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      node.setAttribute(name, value);
    }
    node.append(...children.filter(child => child !== null && child !== undefined));
    return node;
  }

  function section(id, title, ...children) {
    const heading = element('h2', {id: id + '-heading'}, title);
    main.append(element('section', {id, 'aria-labelledby': id + '-heading'}, heading, ...children));
    document.getElementById('contents').append(element('a', {href: '#' + id}, title));
  }

  const note = text => element('p', {class: 'note'}, text);

  function tile(label, value, detail) {
    return element('div', {class: 'tile'}, element('span', {}, label), element('b', {}, value), element('span', {}, detail || ''));
  }

  // ---- Tables

  /**
   * A table that sorts by any column: a button in each heading, figures by size and text by letters.
   * A column is {title, text?, value(row), show?(row)}.
   */
  function table(caption, columns, rows, id) {
    const body = element('tbody');
    const heads = columns.map(column =>
      element('th', {scope: 'col', class: column.text ? 'text' : ''}, element('button', {type: 'button'}, column.title)));
    let shown = rows;
    let sorted = null;
    let descending = false;

    function order(a, b) {
      const x = sorted.value(a);
      const y = sorted.value(b);
      // What is absent comes last, whichever way the rest stands.
      if (x === null || x === undefined || y === null || y === undefined) {
        return (x === null || x === undefined) - (y === null || y === undefined);
      }
      const sign = typeof x === 'number' ? x - y : String(x).localeCompare(String(y), 'en', {numeric: true});
      return descending ? -sign : sign;
    }

    function draw() {
      const list = sorted ? [...shown].sort(order) : shown;
      body.replaceChildren(...list.map(row =>
        element('tr', {}, ...columns.map(column =>
          element('td', {class: column.text ? 'text' : ''}, String((column.show || (r => column.value(r) ?? ABSENT))(row)))))));
      heads.forEach((head, i) => {
        if (columns[i] === sorted) {
          head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        } else {
          head.removeAttribute('aria-sort');
        }
      });
    }

    heads.forEach((head, i) => head.firstChild.addEventListener('click', () => {
      descending = sorted === columns[i] && !descending;
      sorted = columns[i];
      draw();
    }));
    draw();
    return {
      element: element('div', {class: 'scroll'},
        element('table', id ? {id} : {}, element('caption', {}, caption), element('thead', {}, element('tr', {}, ...heads)), body)),
      show(list) {
        shown = list;
        draw();
      },
    };
  }

  function pairs(caption, heads, rows) {
    return element('div', {class: 'scroll'}, element('table', {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...heads.map((head, i) => element('th', {scope: 'col', class: i ? '' : 'text'}, head)))),
      element('tbody', {}, ...rows.map(row => element('tr', {}, ...row.map((cell, i) =>
        i ? element('td', {}, String(cell)) : element('th', {scope: 'row', class: 'text'}, String(cell))))))));
  }

  // ---- Charts

  const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const series = i => color('series-' + i % 7);

  /** A chart with its name for those who do not see it, and its figures as a table. */
  function chart(id, title, sentence, configuration, figures) {
    const canvas = element('canvas', {id, role: 'img', 'aria-label': title + '. ' + sentence});
    charts.push({canvas, configuration, drawn: null});
    return element('figure', {},
      element('h3', {}, title),
      element('div', {class: 'canvas'}, canvas),
      element('figcaption', {}, sentence),
      figures ? element('details', {}, element('summary', {}, 'Figures'), figures) : null);
  }

  function drawCharts() {
    Chart.defaults.animation = false;
    Chart.defaults.maintainAspectRatio = false;
    Chart.defaults.color = color('ink');
    Chart.defaults.borderColor = color('line');
    for (const each of charts) {
      each.drawn?.destroy();
      each.drawn = new Chart(each.canvas, each.configuration());
    }
  }

  const axis = (text, more) => ({title: {display: true, text}, ...more});

  // ---- Estimates

  const BASELINES = ['denseOnOne', 'denseOnAll', 'pruned'];
  const ENERGY = ['mac', 'registerFile', 'array', 'buffer', 'dram', 'link', 'staticPower'];
  const ENERGY_NAMES = ['multiply-accumulate', 'register file', 'array', 'buffer', 'DRAM', 'link', 'static power'];
  const SHARINGS = ['private', 'shared'];

  const baselineNames = accelerators => ['dense on 1', 'dense split over ' + accelerators, 'pruned on ' + accelerators];
  const energyOf = estimate =>
    estimate.energyMicrojoules ?? ENERGY.reduce((sum, part) => sum + estimate.energyBreakdown[part], 0);
  const energyUnit = estimate => estimate.energyMicrojoules === null ? estimate.energyBreakdown.unit : 'uJ';

  function bars(id, title, unit, names, values) {
    const sentence = names.map((name, i) => `${name}: ${quantity(values[i])} ${unit}`).join('; ') + '.';
    return chart(id, title, sentence, () => ({
      type: 'bar',
      data: {labels: names, datasets: [{label: unit, data: values, backgroundColor: values.map((_, i) => series(i))}]},
      options: {plugins: {legend: {display: false}}, scales: {y: axis(unit, {beginAtZero: true})}},
    }));
  }

  function notCosted() {
    const operators = Object.entries(report.operatorsNotCosted);
    return operators.length === 0
      ? ''
      : ` Operators without an estimate: ${operators.map(([name, number]) => `${name} (${number})`).join(', ')}.`;
  }

  function baselines(total, target) {
    const names = baselineNames(target.accelerators);
    const drawings = [];
    const rows = [];
    for (const sharing of SHARINGS) {
      const figures = BASELINES.map(key => total[sharing][key]);
      const unit = energyUnit(figures[0]);
      drawings.push(bars('time-' + sharing, `Time, DRAM bandwidth ${sharing}`, 'us', names, figures.map(e => e.latencyMicros)));
      drawings.push(bars('energy-' + sharing, `Energy, DRAM bandwidth ${sharing}`, unit, names, figures.map(energyOf)));
      figures.forEach((estimate, i) => rows.push([
        `${sharing}: ${names[i]}`, quantity(estimate.latencyMicros), quantity(energyOf(estimate)), count(estimate.dramBytes), count(estimate.macs),
        estimate.boundBy, times(figures[0].cycles / estimate.cycles), times(energyOf(figures[0]) / energyOf(estimate))]));
    }
    section('baselines', 'Time and energy',
      note(`Estimates for the dense layers on target ${target.name}, ${target.accelerators} accelerators, words of ${target.wordBits} bits`
        + `; nothing was measured. The figures on the graph are for DRAM bandwidth ${target.dramSharing}.`
        + notCosted()),
      element('div', {class: 'charts'}, ...drawings),
      pairs('Faster and less energy: improvement factor over dense on 1',
        ['', 'time, us', 'energy, ' + energyUnit(total.private.pruned), 'DRAM bytes', 'MACs', 'bound by', 'faster', 'less energy'], rows));
  }

  function energySplit(total, target) {
    const names = baselineNames(target.accelerators);
    const unit = total.private.pruned.energyBreakdown.unit;
    const drawings = SHARINGS.map(sharing => {
      const figures = BASELINES.map(key => total[sharing][key].energyBreakdown);
      const sum = breakdown => ENERGY.reduce((all, part) => all + breakdown[part], 0);
      const largest = breakdown => ENERGY.reduce((best, part, i) => breakdown[part] > breakdown[ENERGY[best]] ? i : best, 0);
      const sentence = figures.map((breakdown, i) => {
        const most = largest(breakdown);
        return `${names[i]}: ${percent(breakdown[ENERGY[most]] / sum(breakdown))} on ${ENERGY_NAMES[most]}`;
      }).join('; ') + '.';
      return chart('split-' + sharing, `Energy by component, DRAM bandwidth ${sharing}`, sentence, () => ({
        type: 'bar',
        data: {
          labels: names,
          datasets: ENERGY.map((part, i) => ({label: ENERGY_NAMES[i], data: figures.map(breakdown => breakdown[part]), backgroundColor: series(i)})),
        },
        options: {indexAxis: 'y', scales: {x: axis(unit, {stacked: true}), y: {stacked: true}}, plugins: {legend: {position: 'bottom'}}},
      }), pairs('In ' + unit, ['', ...ENERGY_NAMES], figures.map((breakdown, i) => [names[i], ...ENERGY.map(part => quantity(breakdown[part]))])));
    });
    section('energy', 'Energy split', element('div', {class: 'charts'}, ...drawings));
  }

  // ---- Accelerators in time

  const KINDS = ['scatter', 'compute', 'gather'];

  function timeline(sharing, schedule) {
    const lanes = Array.from({length: schedule.accelerators}, (_, i) => 'accelerator ' + i);
    const micros = cycles => cycles / schedule.clockMhz;
    const lanesOf = segment => segment.accelerator < 0 ? lanes : [lanes[segment.accelerator]];
    const busy = lanes.map((_, i) => schedule.segments
      .filter(segment => segment.accelerator === i)
      .reduce((sum, segment) => sum + segment.end - segment.start, 0));
    const travel = schedule.segments.filter(segment => segment.accelerator < 0).reduce((sum, s) => sum + s.end - s.start, 0);
    const sentence = `${quantity(micros(schedule.cycles))} us in total, ${percent(travel / schedule.cycles)} of it transfers; computing: `
      + lanes.map((lane, i) => `${lane} ${percent(busy[i] / schedule.cycles)}`).join(', ') + '.';
    return chart('timeline-' + sharing, `Pruned, DRAM bandwidth ${sharing}`, sentence, () => ({
      type: 'bar',
      data: {
        labels: lanes,
        datasets: KINDS.map((kind, i) => ({
          label: kind,
          backgroundColor: series(i + 1),
          borderColor: color('paper'),
          borderWidth: {left: 1, right: 0, top: 0, bottom: 0},
          borderSkipped: false,
          barPercentage: 0.9,
          grouped: false,
          data: schedule.segments.filter(segment => segment.kind === kind).flatMap(segment =>
            lanesOf(segment).map(y => ({x: [micros(segment.start), micros(segment.end)], y, layer: segment.layer}))),
        })),
      },
      options: {
        indexAxis: 'y',
        scales: {x: axis('us', {min: 0, max: micros(schedule.cycles)})},
        plugins: {
          legend: {position: 'bottom'},
          tooltip: {callbacks: {label: item => {
            const [start, end] = item.raw.x;
            return `${item.dataset.label} ${item.raw.layer}: ${quantity(start)} to ${quantity(end)} us`;
          }}},
        },
      },
    }));
  }

  // ---- Cut matrices

  const level = new Map([...(illustrations?.levels || '')].map((character, i) => [character, i]));

  const channels = text => [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16));

  function paint(canvas, cut, pixels, hue) {
    const context = canvas.getContext('2d');
    const image = context.createImageData(cut.width, cut.height);
    const paper = channels(color('paper'));
    const last = level.size - 1;
    for (let i = 0; i < pixels.length; i++) {
      const share = level.get(pixels[i]) / last;
      const ink = hue(Math.floor(i / cut.width), i % cut.width);
      for (let channel = 0; channel < 3; channel++) {
        image.data[4 * i + channel] = paper[channel] + share * (ink[channel] - paper[channel]);
      }
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  function branchAt(ends, size, pixel, pixels) {
    const feature = Math.floor(pixel * size / pixels);
    return ends.findIndex(end => feature < end);
  }

  function drawCuts() {
    for (const {before, after, cut} of cutCanvases) {
      const ink = channels(color('ink'));
      const hues = Array.from({length: 7}, (_, i) => channels(series(i)));
      paint(before, cut, cut.before, () => ink);
      paint(after, cut, cut.after, (y, x) => {
        const branch = Math.max(branchAt(cut.outEnds, cut.out, x, cut.width), branchAt(cut.inEnds, cut.in, y, cut.height));
        return hues[Math.max(0, branch) % 7];
      });
    }
  }

  const cutCanvases = [];

  function cutFigure(cut) {
    const blocks = Math.max(cut.inEnds.length, cut.outEnds.length);
    const canvas = what => element('canvas', {width: cut.width, height: cut.height, role: 'img',
      'aria-label': `${cut.layer}: magnitudes of its ${count(cut.in)} by ${count(cut.out)} weights, ${what}`});
    const before = canvas('before the cut, in the order of the model');
    const after = canvas(`after the cut, in ${blocks} blocks, features grouped by branch`);
    cutCanvases.push({before, after, cut});
    return element('figure', {},
      element('h3', {}, cut.layer),
      element('div', {class: 'pair'}, element('div', {}, before, 'before'), element('div', {}, after, 'after')),
      element('figcaption', {}, `${cut.region}, ${count(cut.in)} inputs (down) by ${count(cut.out)} outputs (across)`));
  }

  // ---- Layers

  function layerRows() {
    const costs = new Map((illustrations?.layers || []).map(layer => [layer.name, layer]));
    const take = name => {
      const cost = costs.get(name) || null;
      costs.delete(name);
      return cost;
    };
    const rows = [];
    for (const region of report.regions) {
      for (const layer of region.layers) {
        rows.push({name: layer.name, form: layer.form, region: region.id, in: layer.in, out: layer.out,
          state: region.status === 'reverted' ? 'taken back' : layer.state, reason: region.reason || '', cost: take(layer.name)});
      }
    }
    for (const skipped of report.skipped) {
      const cost = take(skipped.node);
      rows.push({name: skipped.node, form: skipped.op, region: '', in: cost?.in ?? null, out: cost?.out ?? null, state: 'left alone',
        reason: skipped.reason + ': ' + skipped.detail, cost});
    }
    for (const layer of [...costs.values()]) {
      rows.push({name: layer.name, form: 'bridge', region: '', in: layer.in, out: layer.out, state: 'added', reason: '', cost: layer});
    }
    return rows;
  }

  function layers() {
    const rows = layerRows();
    const sharing = report.target.dramSharing;
    const cost = (row, key) => row.cost?.estimate[sharing][key].latencyMicros ?? null;
    const grid = table(`All dense layers; time is estimated for each layer by itself, DRAM bandwidth ${sharing}`, [
      {title: 'Layer', text: true, value: row => row.name},
      {title: 'Form', text: true, value: row => row.form},
      {title: 'Region', value: row => row.region || null},
      {title: 'In', value: row => row.in, show: row => count(row.in)},
      {title: 'Out', value: row => row.out, show: row => count(row.out)},
      {title: 'State', value: row => row.state},
      {title: 'Dense on 1, us', value: row => cost(row, 'denseOnOne'), show: row => quantity(cost(row, 'denseOnOne'))},
      {title: 'Pruned, us', value: row => cost(row, 'pruned'), show: row => quantity(cost(row, 'pruned'))},
      {title: 'Reason', text: true, value: row => row.reason || null, show: row => row.reason},
    ], rows, 'layer-table');
    const text = element('input', {type: 'search', id: 'layer-filter', autocomplete: 'off'});
    const states = ['all', ...new Set(rows.map(row => row.state))];
    const state = element('select', {id: 'layer-state'}, ...states.map(name => element('option', {value: name}, name)));
    const shown = element('p', {class: 'note', role: 'status', id: 'layer-count'});
    function filter() {
      const wanted = text.value.toLowerCase();
      const list = rows.filter(row => (state.value === 'all' || row.state === state.value)
        && [row.name, row.form, row.region, row.reason].some(field => field.toLowerCase().includes(wanted)));
      grid.show(list);
      shown.textContent = `${list.length} of ${rows.length} layers`;
    }
    text.addEventListener('input', filter);
    state.addEventListener('change', filter);
    filter();
    section('layers', 'Layers',
      element('div', {class: 'filters'},
        element('label', {}, 'Name, form, region or reason', text), element('label', {}, 'State', state)),
      shown, grid.element);
  }

  function skipped() {
    const reasons = [...new Set(report.skipped.map(each => each.reason))];
    section('skipped', 'Left alone', ...(reasons.length === 0
      ? [note('No dense layer was left alone.')]
      : reasons.flatMap(reason => {
        const nodes = report.skipped.filter(each => each.reason === reason);
        return [element('h3', {}, `${reason}: ${nodes.length}`),
          element('ul', {}, ...nodes.map(each => element('li', {}, element('code', {}, each.node), ` (${each.op}): ${each.detail}`)))];
      })));
  }

  // ---- What changed, and accuracy

  function accuracyText(output) {
    return output.top1Before === null ? null : `${percent(output.top1Before)} → ${percent(output.top1After)}`;
  }

  function tiles() {
    const {input, output, total, accuracy, target} = report;
    const list = [];
    if (output) {
      list.push(tile('Parameters', change(input.parameters, output.parameters) || 'same', `${count(input.parameters)} → ${count(output.parameters)}`));
    }
    for (const each of accuracy?.outputs || []) {
      const top1 = accuracyText(each);
      if (top1) {
        list.push(tile('Top-1 of ' + each.name, (100 * (each.top1After - each.top1Before)).toFixed(2) + ' points', top1));
      } else if (each.cosine !== null || each.relativeError !== null) {
        list.push(tile('Relative error of ' + each.name, plusMinus(each.relativeError, each.standardErrors.relativeError), 'cosine ' + plusMinus(each.cosine, null)));
      }
    }
    if (total) {
      const chosen = total[target.dramSharing];
      list.push(tile('Faster, estimated', times(chosen.speedup), `${times(chosen.speedupOverDenseOnAll)} against dense on ${target.accelerators}`));
      list.push(tile('Less energy, estimated', times(chosen.energyRatio), 'DRAM bandwidth ' + target.dramSharing));
    }
    return element('div', {class: 'tiles'}, ...list);
  }

  function changes() {
    const {input, output, regions, target} = report;
    const rows = [
      ['File', input.path, output?.path ?? ABSENT],
      ['Parameters', count(input.parameters), count(output?.parameters)],
      ['Bytes', count(input.bytes), count(output?.bytes)],
      ['IR version', input.irVersion, output?.irVersion ?? ABSENT],
      ['Oldest ONNX Runtime', ABSENT, output?.minimumOnnxRuntime ?? ABSENT],
      ['SHA-256', input.sha256.slice(0, 16) + '…', output?.sha256 ? output.sha256.slice(0, 16) + '…' : ABSENT],
    ];
    const grid = table('Regions: connected dense layers that are cut together', [
      {title: 'Region', value: region => region.id},
      {title: 'Layers', text: true, value: region => region.layers.map(layer => layer.name).join(', ')},
      {title: 'Status', value: region => region.softened ? 'softened: ' + region.softened : region.status},
      {title: 'Weights kept', value: region => region.parametersAfter / region.parametersBefore, show: region => percent(region.parametersAfter / region.parametersBefore)},
      {title: 'Importance kept', value: region => region.retainedImportance, show: region => percent(region.retainedImportance)},
      {title: 'Strategy', value: region => region.strategy},
      {title: 'Repair', value: region => region.repair},
      {title: 'Bridge rank', value: region => region.bridgeRank},
      {title: 'Relative error', value: region => region.relativeErrorAfterRepair, show: region => quantity(region.relativeErrorAfterRepair)},
      {title: `Faster (${target.dramSharing})`, value: region => region.estimate?.[target.dramSharing].speedup ?? null, show: region => times(region.estimate?.[target.dramSharing].speedup)},
      {title: 'Reason', text: true, value: region => region.reason, show: region => region.reason || ''},
    ], regions);
    section('changes', 'What changed', pairs('The model', ['', 'original', 'written'], rows), regions.length ? grid.element : note('No region was found.'),
      ...report.steps.map(step => note(step.action.startsWith('closing-')
        ? `${step.region}: ${words(step.metric)} is ${plusMinus(step.alone, null)} with the last layer whole and ${plusMinus(step.aloneAfter, null)} with it cut, so it ${step.action === 'closing-cut' ? 'is cut' : 'stays whole'}.`
        : `${step.region} ${step.action}${step.detail ? ' (' + step.detail + ')' : ''}: ${words(step.metric)} is then ${plusMinus(step.value, step.standardError)}; the gate ${step.passed ? 'holds' : 'fails'}.`)));
  }

  function accuracy() {
    const figures = report.accuracy;
    if (!figures) {
      section('accuracy', 'Accuracy', note('Accuracy was not measured because no data was given.'));
      return;
    }
    const outputs = pairs(`${count(figures.samples)} ${figures.labelled ? 'labelled ' : ''}samples of ${figures.data}; ± is one standard error`,
      ['Output', 'top-1 before', 'top-1 after', 'difference, points', 'same arg-max', 'relative error', 'cosine'],
      figures.outputs.map(each => [each.name, percent(each.top1Before), percent(each.top1After),
        each.top1Before === null ? ABSENT : plusMinus(100 * (each.top1After - each.top1Before), each.standardErrors.top1Drop === null ? null : 100 * each.standardErrors.top1Drop, 2),
        plusMinus(each.agreement, each.standardErrors.agreement), plusMinus(each.relativeError, each.standardErrors.relativeError),
        plusMinus(each.cosine, each.standardErrors.cosine)]));
    const gates = figures.gates.map(gate => element('p', {class: gate.passed ? 'good' : 'bad'},
      `Gate ${gate.passed ? 'holds' : 'FAILS'}: ${words(gate.metric)} of ${gate.output} is ${plusMinus(gate.value, gate.standardError)}, `
      + `allowed ${gate.metric === 'agreement' ? 'at least' : 'at most'} ${gate.limit}`));
    section('accuracy', 'Accuracy', outputs, ...(gates.length ? gates : [note('No accuracy condition was checked.')]));
  }

  // ---- Search

  function loss(point) {
    if (point.metric === null) {
      return 0;
    }
    return point.metric === 'agreement' ? 1 - point.value : point.value;
  }

  const choice = point => point.metric === null
    ? 'the original, on 1'
    : `-p ${point.accelerators} ${point.strategy}` + (point.bridgeRank ? `, bridges ${point.bridgeRank}` : '')
      + (point.leftAlone.length ? `, without ${point.leftAlone.length} layers` : '');

  function front(key, title, unit, name) {
    const metric = search.points.find(point => point.metric !== null)?.metric;
    const lossName = metric === 'agreement' ? '1 - agreement' : words(metric || 'loss');
    const known = search.points.filter(point => point.value !== null || point.metric === null);
    const best = known.filter(point => point.fronts.includes(name)).sort((a, b) => a[key] - b[key]);
    const rest = known.filter(point => !point.fronts.includes(name));
    const limit = search.points.find(point => point.limit !== null);
    const sentence = `${best.length} of ${known.length} choices are on the front: `
      + best.map(point => `${choice(point)} at ${quantity(point[key])} ${unit}, ${lossName} ${loss(point).toFixed(4)}`).join('; ') + '.';
    const spot = point => ({x: point[key], y: loss(point), choice: choice(point)});
    return chart('front-' + name, title, sentence, () => ({
      type: 'scatter',
      data: {datasets: [
        {label: 'on the front', data: best.map(spot), showLine: true, backgroundColor: series(2), borderColor: series(2), pointRadius: 6},
        {label: 'not on the front', data: rest.map(spot), backgroundColor: series(0), pointRadius: 5, pointStyle: 'rectRot'},
        ...(limit ? [{label: 'the gate', showLine: true, pointRadius: 0, borderDash: [6, 4], borderColor: color('bad'),
          data: [Math.min(...known.map(p => p[key])), Math.max(...known.map(p => p[key]))].map(x => ({x, y: limit.metric === 'agreement' ? 1 - limit.limit : limit.limit}))}] : []),
      ]},
      options: {
        scales: {x: axis(unit, {type: 'logarithmic'}), y: axis(lossName)},
        plugins: {legend: {position: 'bottom'}, tooltip: {callbacks: {label: item =>
          `${item.raw.choice || 'the gate'}: ${quantity(item.raw.x)} ${unit}, ${lossName} ${item.raw.y.toFixed(4)}`}}},
      },
    }));
  }

  function searched() {
    const unit = search.points.find(point => point.estimate)?.estimate.private.pruned.energyBreakdown.unit || 'energy';
    const grid = table('Choices that were tried; cycles and energy of the dense layers are estimates', [
      {title: 'Choice', text: true, value: choice},
      {title: 'Measured', value: point => point.metric === null ? 0 : loss(point), show: point => point.metric === null ? ABSENT : words(point.metric) + ' ' + plusMinus(point.value, point.standardError)},
      {title: 'Gate', value: point => point.metric === null ? null : point.passed ? 'holds' : 'fails'},
      {title: 'Parameters', value: point => point.parameters, show: point => count(point.parameters)},
      {title: 'Cycles', value: point => point.cycles, show: point => quantity(point.cycles)},
      {title: 'Energy, ' + unit, value: point => point.energy, show: point => quantity(point.energy)},
      {title: 'On the front of', value: point => point.fronts.join(', ')},
    ], search.points);
    section('search', 'Search',
      note('On the front: Pareto-optimal in accuracy and time, or in accuracy and energy.'
        + (search.complete ? '' : ' The budget ended before all choices were tried.')),
      element('div', {class: 'charts'},
        front('cycles', 'Accuracy lost and time', 'cycles', 'time'), front('energy', 'Accuracy lost and energy', unit, 'energy')),
      grid.element);
  }

  // ---- The page

  const about = report || search;
  const OUTCOMES = {optimized: 'optimized', unchanged: 'left unchanged', rejected: 'rejected, nothing was written'};
  document.getElementById('heading').textContent =
    about.input.path + (report?.output?.path ? ' → ' + report.output.path : '');
  document.getElementById('summary').textContent = report
    ? `Partita ${report.partita}, ${report.target.accelerators} accelerators, target ${report.target.name}, seed ${report.seed}: ${OUTCOMES[report.outcome]}.`
    : `Partita ${search.partita}, target ${search.target.name}: ${search.points.length} choices tried.`;
  if (report) {
    main.append(tiles());
  }
  for (const warning of about.warnings) {
    main.append(element('p', {class: 'warning'}, element('b', {}, 'Warning: '), warning));
  }
  if (report) {
    changes();
    accuracy();
    if (report.total) {
      baselines(report.total, report.target);
      energySplit(report.total, report.target);
    }
    const schedules = SHARINGS.filter(sharing => illustrations?.schedules[sharing]);
    if (schedules.length) {
      section('timeline', 'Timeline of the accelerators',
        note('The estimated schedule of the dense layers. All accelerators wait during a transfer.'),
        element('div', {class: 'charts'}, ...schedules.map(sharing => timeline(sharing, illustrations.schedules[sharing]))));
    }
    if (illustrations?.cuts.length) {
      section('cuts', 'Cut matrices',
        note('A darker pixel (brighter on a dark page) means larger weights on average. Both pictures of a pair use the same scale. '
          + 'After the cut, features are grouped by branch, and each branch has a colour. Bridges are not drawn.'),
        element('div', {class: 'cuts'}, ...illustrations.cuts.map(cutFigure)));
    }
  }
  if (search) {
    searched();
  }
  if (report) {
    layers();
    skipped();
    section('run', 'Run', pairs(`${report.run.threads} threads, at most ${count(report.run.peakHeapBytes)} bytes of heap`, ['Stage', 'ms'],
      report.run.stages.map(stage => [stage.name, count(stage.millis)])));
  }

  function draw() {
    drawCharts();
    drawCuts();
  }

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  // Paper is white whatever the screen is.
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('printing');
    for (const details of document.querySelectorAll('details')) {
      details.open = true;
    }
    draw();
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('printing');
    draw();
  });
})();
