package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;

/** Every form of a dense layer. Of an operator with several forms the first that matches counts. */
final class Forms {

  static final ImmutableList<DenseForm> ALL =
      ImmutableList.of(
          GemmForm.standard(),
          new GemmLeftForm(),
          new MatMulAddForm(),
          new MatMulForm(),
          new MatMulLeftForm(),
          new FusedMatMulForm(),
          GemmForm.fused(),
          IntegerForm.plain(),
          IntegerForm.linear(),
          new NBitsForm(),
          new ConvForm());

  private Forms() {}
}
