// One fault at a time: each trial's figures are times, and eight agents are enough for a small machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
