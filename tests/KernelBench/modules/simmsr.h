/* SPDX-License-Identifier: MIT
 * Stands in front of the unmodified intel_rapl_msr.c and gives it the registers of bench_plant
 * in place of the processor's. Everything above the register access is the kernel's own code. */
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/msr.h>
#include <asm/cpu_device_id.h>
#include "bench_plant.h"

static inline int bench_rdmsr_on_cpu(unsigned int cpu, u32 msr, u64 *value)
{
	return bench_rdmsr(msr, value);
}

#undef rdmsrl_safe
#undef wrmsrl_safe
#define rdmsrl_safe(msr, p) bench_rdmsr(msr, p)
#define wrmsrl_safe(msr, v) bench_wrmsr(msr, v)
#define rdmsrl_safe_on_cpu bench_rdmsr_on_cpu
/* The driver sets its own. */
#undef pr_fmt
