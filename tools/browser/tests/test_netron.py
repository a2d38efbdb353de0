"""A rewritten model and its sidecar in Netron."""

import json
import socket

import netron
import onnx
import pytest

SECONDS = 60
NODE = "/hidden1/Gemm/branch1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def served(browser):
    """Opens Netron on a model, or on its first page."""
    addresses = []
    contexts = []

    def open_on(model):
        address = ("127.0.0.1", free_port())
        netron.serve(str(model) if model else None, None, address=address)
        addresses.append(address)
        url = f"http://{address[0]}:{address[1]}"
        context = browser.new_context()
        contexts.append(context)
        context.add_cookies([{"name": "consent", "value": "1", "url": url}])
        # Netron takes eval away, which Playwright reads pages with.
        context.add_init_script(
            "const own = window.eval; Object.defineProperty(window, 'eval', {get: () => own, set: () => {}});"
        )
        page = context.new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.goto(url)
        return page

    yield open_on
    for context in contexts:
        context.close()
    for address in addresses:
        netron.stop(address)


def shows_graph(page):
    page.wait_for_selector("body.default")


def sidebar(page, node):
    """What the sidebar says of a node that was clicked, as (name, value) pairs."""
    page.locator(f"[id='node-name-{node}'] .node-item-type").dispatch_event("click")
    page.wait_for_selector("#sidebar-content .sidebar-item")
    page.wait_for_timeout(500)
    return page.locator("#sidebar-content").inner_text()


def items(page):
    """What the sidebar names, and its value."""
    shown = {}
    for item in page.locator("#sidebar-content .sidebar-item").all():
        name = item.locator(".sidebar-item-name input")
        if name.count() == 1:
            shown[name.input_value()] = item.locator(".sidebar-item-value-list").inner_text().strip()
    return shown


@pytest.fixture
def metadata(produced):
    model = onnx.load(produced / "optimized.onnx", load_external_data=False)
    node = next(node for node in model.graph.node if node.name == NODE)
    return {entry.key: entry.value for entry in node.metadata_props}


def test_a_branch_node_says_what_it_is_and_what_it_costs(served, produced, metadata):
    page = served(produced / "optimized.onnx")
    shows_graph(page)
    text = sidebar(page, NODE)
    assert metadata["dev.partita.accelerator"] == "1"
    shown = items(page)
    assert shown["dev.partita.accelerator"] == "1"
    assert shown["dev.partita.latency_us"] == metadata["dev.partita.latency_us"]
    assert "Block of layer '/hidden1/Gemm'" in text
    assert "accelerator 1" in text


def test_the_sidecar_brings_metrics_to_a_model_that_lost_its_metadata(served, produced, tmp_path):
    model = onnx.load(produced / "optimized.onnx")
    for node in model.graph.node:
        # What other optimizers do.
        del node.metadata_props[:]
    bare = tmp_path / "bare.onnx"
    onnx.save(model, bare)
    sidecar = produced / "optimized.onnx.json"
    metrics = {
        entry["name"]: entry["value"]
        for entry in json.loads(sidecar.read_text())["metrics"]
        if entry["target"] == NODE
    }
    page = served(None)
    # Netron says what the dialog accepts when it begins to listen.
    page.wait_for_selector("#open-file-dialog[accept]", state="attached")
    page.wait_for_selector("body.welcome")
    page.wait_for_timeout(3000)
    page.set_input_files("#open-file-dialog", bare)
    shows_graph(page)
    sidebar(page, NODE)
    assert not any("latency_us" in name for name in items(page))
    page.set_input_files("#open-file-dialog", sidecar)
    shows_graph(page)
    page.wait_for_timeout(500)
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    text = sidebar(page, NODE)
    assert "METRICS" in text.upper()
    shown = items(page)
    assert f"{metrics['latency_us']:g}"[:5] in shown["latency_us"]
    assert str(metrics["macs"]) in shown["macs"]
