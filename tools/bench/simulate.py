"""Runs nn_dataflow and SCALE-Sim, as their Python packages have them, on layers that are in no file of reference cases.

    simulate.py FOLDER        writes FOLDER/nn_dataflow.csv and FOLDER/scalesim.csv, in the columns of the reference
                              cases of fixtures/ that ReferenceComparison reads

Sizes are odd or prime wherever that says something. Two things are done to nn_dataflow 2.1 that its release does not:

  * Each layer is part of a network of two. The weights of a network of one are pinned on the chip and cost nothing.
  * A word that the array's interconnect delivers to ten multipliers counts ten times, as in the version that made the
    reference cases; the release counts it once.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from nn_dataflow.core import (
    Cost,
    DataCategoryEnum,
    FCLayer,
    InputLayer,
    MapStrategyEyeriss,
    MemHierEnum,
    Network,
    NNDataflow,
    NodeRegion,
    Option,
    PhyDim2,
    Resource,
)
from scalesim.scale_sim import scalesim

COSTS = "costs_mac;dram;gbuf;itcn;regf;hop;idle_per_cycle_all_nodes"


@dataclass(frozen=True)
class Machine:
    """Nodes, array, bytes of a register file and of a node's buffer, bytes a cycle of all DRAM, energies, goal."""

    name: str
    nodes: tuple[int, int]
    array: tuple[int, int]
    register_file: int
    buffer: int
    bandwidth: float
    memory: str
    costs: tuple[float, ...]
    goal: str = "e"
    only_dividing: bool = False


SINGLE_2D = Machine("2D_1node", (1, 1), (16, 16), 1024, 576056, 25.6, "2D", (2, 240, 28, 4, 1, 40, 320))
SINGLE_3D = Machine("3D_1node", (1, 1), (14, 14), 512, 133032, 20, "3D", (2, 80, 14, 4, 0.6, 40, 12.5))
# Nothing but the array takes time here, and time costs no energy: asked for energy, nn_dataflow would leave 15 of 16
# rows idle to save 15 deliveries.
SINGLE_NORM = Machine("norm_1node", (1, 1), (16, 16), 512, 131072, float("inf"), "2D", (1, 200, 6, 2, 1, 10, 0), "d")
FOUR_2D = Machine("2D_4node", (2, 2), (16, 16), 1024, 576056, 102.4, "2D", (2, 240, 28, 4, 1, 40, 1280))
FOUR_3D = Machine("3D_4node", (2, 2), (14, 14), 512, 133032, 80, "3D", (2, 80, 14, 4, 0.6, 40, 50))
SIXTEEN_3D = Machine("3D_16node", (4, 4), (14, 14), 512, 133032, 320, "3D", (2, 80, 14, 4, 0.6, 40, 200))

# The same, for layers that take tiles of sizes that divide nothing: nn_dataflow tries only those that divide.
DIVIDING_3D = replace(SINGLE_3D, name="3D_1node_dividing", only_dividing=True)

# Machine, whether inputs may be split and accesses forwarded, K, N, M.
LAYERS = [
    (SINGLE_2D, False, 509, 251, 1),
    (SINGLE_2D, False, 1000, 999, 1),
    (SINGLE_2D, False, 2311, 601, 1),
    (SINGLE_2D, False, 300, 77, 7),
    (SINGLE_2D, False, 720, 350, 4),
    (SINGLE_3D, False, 127, 131, 1),
    (SINGLE_3D, False, 1021, 200, 1),
    (SINGLE_3D, False, 4097, 333, 1),
    (SINGLE_3D, False, 784, 300, 8),
    (SINGLE_3D, False, 101, 103, 3),
    (SINGLE_NORM, False, 257, 1009, 1),
    (SINGLE_NORM, False, 641, 1, 1),
    (SINGLE_NORM, False, 3, 1999, 1),
    (SINGLE_NORM, False, 500, 90, 16),
    (FOUR_2D, False, 997, 512, 1),
    (FOUR_2D, False, 600, 444, 4),
    (FOUR_3D, False, 1153, 300, 1),
    (FOUR_3D, False, 360, 200, 16),
    (FOUR_2D, True, 1018, 502, 1),
    (FOUR_2D, True, 450, 330, 5),
    (FOUR_3D, True, 2000, 202, 1),
    (FOUR_3D, True, 770, 126, 8),
    (SIXTEEN_3D, False, 1009, 640, 1),
    (SIXTEEN_3D, True, 1504, 752, 1),
    (SINGLE_2D, False, 4099, 4093, 1),
    (SINGLE_2D, False, 1999, 997, 16),
    (SINGLE_3D, False, 2003, 1999, 1),
    (SINGLE_3D, False, 1999, 503, 16),
    (DIVIDING_3D, False, 4099, 1021, 64),
    (DIVIDING_3D, False, 777, 1111, 128),
    (DIVIDING_3D, False, 5000, 251, 32),
]

# Dataflow, rows and columns of the array, M, K, N.
GEMMS = [
    ("os", 32, 32, 1, 127, 131),
    ("ws", 32, 32, 1, 127, 131),
    ("os", 32, 32, 7, 401, 97),
    ("ws", 32, 32, 7, 401, 97),
    ("os", 7, 5, 3, 37, 41),
    ("ws", 7, 5, 3, 37, 41),
    ("os", 13, 17, 29, 53, 61),
    ("ws", 13, 17, 29, 53, 61),
    ("os", 1, 1, 3, 5, 7),
    ("ws", 1, 1, 3, 5, 7),
    ("os", 16, 64, 33, 65, 129),
    ("ws", 16, 64, 33, 65, 129),
    ("os", 8, 8, 1, 1, 1),
    ("ws", 8, 8, 1, 1, 1),
    ("os", 3, 31, 47, 2, 100),
    ("ws", 3, 31, 47, 2, 100),
    ("os", 64, 8, 100, 19, 3),
    ("ws", 64, 8, 100, 19, 3),
    ("os", 32, 32, 1, 784, 300),
    ("ws", 32, 32, 1, 784, 300),
]

SCALE_SIM_CONFIGURATION = """[general]
run_name = run
[architecture_presets]
ArrayHeight = {rows}
ArrayWidth = {columns}
IfmapSramSzkB = 256
FilterSramSzkB = 256
OfmapSramSzkB = 256
IfmapOffset = 0
FilterOffset = 10000000
OfmapOffset = 20000000
Dataflow = {dataflow}
Bandwidth = 10
ReadRequestBuffer = 32
WriteRequestBuffer = 32
[layout]
IfmapCustomLayout = False
IfmapSRAMBankBandwidth = 10
IfmapSRAMBankNum = 10
IfmapSRAMBankPort = 2
FilterCustomLayout = False
FilterSRAMBankBandwidth = 10
FilterSRAMBankNum = 10
FilterSRAMBankPort = 2
[sparsity]
SparsitySupport = false
[run_presets]
InterfaceBandwidth = CALC
UseRamulatorTrace = False
"""


class Deliveries(MapStrategyEyeriss):
    """Counts an input once for each multiplier that it reaches, an output once for each that it comes from."""

    def gen_nested_loop_desc(self):
        for nest in super().gen_nested_loop_desc():
            # What is held of each operand in one pass over the array: inputs and outputs that are worked on at once.
            inputs_at_once = nest.usize_gbuf[DataCategoryEnum.IFM]
            outputs_at_once = nest.usize_gbuf[DataCategoryEnum.OFM]
            accesses = [list(level) for level in nest.unit_access]
            accesses[MemHierEnum.ITCN][DataCategoryEnum.IFM] *= outputs_at_once
            accesses[MemHierEnum.ITCN][DataCategoryEnum.OFM] *= inputs_at_once
            yield nest._replace(unit_access=tuple(tuple(level) for level in accesses))


def nn_dataflow(machine: Machine, forwarding: bool, nin: int, nout: int, batch: int) -> dict[str, object]:
    """One row, the layer in the best way that nn_dataflow finds for the machine's goal."""
    network = Network("two")
    network.set_input_layer(InputLayer(nin, 1))
    network.add("layer", FCLayer(nin, nout))
    network.add("next", FCLayer(nout, 1))
    nodes = PhyDim2(*machine.nodes)
    corners = machine.memory == "2D"
    memory = NodeRegion(
        dim=PhyDim2(2, 2) if corners else nodes,
        origin=PhyDim2(0, 0),
        dist=nodes - PhyDim2(1, 1) if corners else PhyDim2(1, 1),
        type=NodeRegion.DRAM,
    )
    resource = Resource(
        proc_region=NodeRegion(dim=nodes, origin=PhyDim2(0, 0), type=NodeRegion.PROC),
        dram_region=memory,
        src_data_region=memory,
        dst_data_region=memory,
        dim_array=PhyDim2(*machine.array),
        size_gbuf=machine.buffer // 2,
        size_regf=machine.register_file // 2,
        array_bus_width=float("inf"),
        dram_bandwidth=machine.bandwidth / 2,
        no_time_mux=False,
    )
    mac, dram, gbuf, itcn, regf, hop, idle = machine.costs
    prices = [0.0] * MemHierEnum.NUM
    prices[MemHierEnum.DRAM], prices[MemHierEnum.GBUF] = dram, gbuf
    prices[MemHierEnum.ITCN], prices[MemHierEnum.REGF] = itcn, regf
    cost = Cost(mac_op=mac, mem_hier=tuple(prices), noc_hop=hop, idl_unit=idle)
    options = Option(
        sw_gbuf_bypass=(True, True, True),
        sw_solve_loopblocking=False,
        hw_access_forwarding=forwarding,
        partition_hybrid=forwarding,
        partition_ifmaps=forwarding,
        opt_goal=machine.goal,
        ntops=1,
        nprocesses=1,
    )
    found, _ = NNDataflow(network, batch, resource, cost, Deliveries).schedule_search(options)
    scheme = found[0].res_dict["layer"].scheme
    accesses = [sum(level) for level in scheme["access"]]
    outputs, inputs = scheme["part"].size(0), scheme["part"].size(3)
    return {
        "config": machine.name,
        "variant": "hybrid_fwd" if forwarding else "outp",
        "goal": machine.goal,
        "only_dividing": "yes" if machine.only_dividing else "",
        "nin": nin,
        "nout": nout,
        "batch": batch,
        "nodes_hw": "x".join(map(str, machine.nodes)),
        "pe_array": "x".join(map(str, machine.array)),
        "regf_B_per_pe": machine.register_file,
        "gbuf_B_per_node": machine.buffer,
        "dram_Bytes_per_cycle_total": machine.bandwidth,
        "mem_type": machine.memory,
        COSTS: ";".join(map(str, machine.costs)),
        "cycles": scheme["time"],
        "macs": round(scheme["ops"]),
        "E_total": scheme["cost"],
        "E_noc": scheme["cost_noc"],
        "E_static": scheme["cost_static"],
        "acc_dram": round(accesses[MemHierEnum.DRAM]),
        "acc_itcn": round(accesses[MemHierEnum.ITCN]),
        "acc_regf": round(accesses[MemHierEnum.REGF]),
        "noc_hops": sum(scheme["total_nhops"]),
        "part_outp": outputs,
        "part_inpp": inputs,
    }


def scale_sim(dataflow: str, rows: int, columns: int, m: int, k: int, n: int) -> dict[str, object]:
    """One row: cycles of the array without prefetching."""
    with tempfile.TemporaryDirectory() as folder:
        configuration, topology, layout = (Path(folder) / name for name in ("run.cfg", "run.csv", "layout.csv"))
        configuration.write_text(SCALE_SIM_CONFIGURATION.format(rows=rows, columns=columns, dataflow=dataflow))
        topology.write_text(f"Layer,M,N,K,\nlayer,{m},{n},{k},\n")
        layout.write_text("Layer,\nlayer," + "1," * 25 + "\n")
        simulator = scalesim(
            save_disk_space=True,
            verbose=False,
            config=str(configuration),
            topology=str(topology),
            layout=str(layout),
            input_type_gemm=True,
        )
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            with contextlib.redirect_stdout(io.StringIO()):
                simulator.run_scale(top_path=folder)
        _, cycles, *_ = simulator.runner.single_layer_sim_object_list[0].get_compute_report_items()
    return {
        "dataflow": dataflow,
        "array_rows": rows,
        "array_cols": columns,
        "nin_K": k,
        "nout_N": n,
        "batch_M": m,
        "compute_cycles": cycles,
    }


def write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Simulates layers that are in no file of reference cases.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "scalesim.csv", [scale_sim(*gemm) for gemm in GEMMS])
    write(folder / "nn_dataflow.csv", [nn_dataflow(*layer) for layer in LAYERS])
    print(f"{len(LAYERS)} layers through nn_dataflow, {len(GEMMS)} through SCALE-Sim", file=sys.stderr)


if __name__ == "__main__":
    main()
