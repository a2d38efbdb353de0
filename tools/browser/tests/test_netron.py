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
    page.wait_for_selector(f"[id='node-name-{node}'] .node-item-type")
    page.evaluate(
        """name => document.getElementById('node-name-' + name).querySelector('.node-item-type')
            .dispatchEvent(new MouseEvent('click', {bubbles: true}))""",
        node,
    )
    page.wait_for_selector("#sidebar-content .sidebar-item")
    page.wait_for_timeout(500)
    return page.locator("#sidebar-content").inner_text()


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
    values = page.evaluate(
        """() => [...document.querySelectorAll('#sidebar-content .sidebar-item')].map(item => [
            item.querySelector('.sidebar-item-name input, .sidebar-item-name')?.value
                ?? item.querySelector('.sidebar-item-name')?.innerText,
            item.querySelector('.sidebar-item-value-list')?.innerText])"""
    )
    shown = {str(name).strip(): str(value).strip() for name, value in values}
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
    page.wait_for_selector("#open-file-dialog", state="attached")
    page.wait_for_selector("body.welcome")
    page.set_input_files("#open-file-dialog", bare)
    shows_graph(page)
    assert "latency_us" not in sidebar(page, NODE)
    page.evaluate("() => { document.getElementById('open-file-dialog').value = ''; }")
    page.set_input_files("#open-file-dialog", sidecar)
    shows_graph(page)
    page.wait_for_timeout(500)
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    text = sidebar(page, NODE)
    assert "Metrics".upper() in text.upper()
    assert "latency_us" in text
    assert f"{metrics['latency_us']:g}"[:5] in text
    assert str(metrics["macs"]) in text


