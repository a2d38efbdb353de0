package dev.partita.partition;

/** A way of making a plan. The same problem gives the same plan, whatever the threads. */
public interface PlanStrategy {

  /** The strategy's name, as options and reports write it. */
  String name();

  /** Assigns every feature of every assigned space to one branch. */
  PartitionPlan plan(PlanProblem problem);
}
