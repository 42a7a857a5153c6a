"""The resources of the machine: devices, processes, memory, signals, files.

Everything that changes the state of the whole process is in this package:

    process.prepare_process        GOMP_SPINCOUNT and the thresholds of glibc's allocator, for good
    device.choose_device           cuDNN's attention off, for good, where a GPU is chosen
    randomness.borrowed_generators torch's global generators: seeded inside, given back after
    workers.divided_threads        torch's number of threads: lowered inside, given back after
    workers.kept_threads           the same number, given back after another library has set it
    workers.map_in_workers         forks the process on Linux, from its main thread alone
    distributed.join_world         torch.distributed's process group, under torchrun alone
    hub.quiet_datasets             the progress bars and the log of `datasets`, for good
    hub.offline_unless_reachable   the offline switch of `datasets`: set inside, given back after
    signals.QuietInterrupts        handler of SIGINT: set inside, given back after
    signals.end                    ends the process, at once after an interruption
    signals.StopSignals            handlers of SIGINT and SIGTERM: set inside, given back after
"""
