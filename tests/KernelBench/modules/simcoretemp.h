/* SPDX-License-Identifier: MIT
 * Stands in front of the unmodified coretemp.c and gives it the registers of bench_plant in place of the processor's,
 * and a processor that says it has them. Everything above the register access is the kernel's own code. */
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/msr.h>
#include <asm/cpufeature.h>
#include <asm/cpu_device_id.h>
#include <asm/mce.h>
#include "bench_plant.h"

static inline int bench_rdmsr_halves(unsigned int cpu, u32 msr, u32 *low, u32 *high)
{
	u64 value = 0;
	int failure = bench_rdmsr(msr, &value);

	*low = value;
	*high = value >> 32;
	return failure;
}

#define rdmsr_on_cpu bench_rdmsr_halves
#define rdmsr_safe_on_cpu bench_rdmsr_halves
#undef cpu_has
#define cpu_has(processor, feature) 1
#define x86_match_cpu(table) (table)
/* The driver sets its own. */
#undef pr_fmt
