// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A small machine for the bench: one package that draws power, obeys the limits that are really in force,
 * and shows the result in RAPL registers and in the ACPI meter of bench.asl.
 *
 *   package = idle + (demand - idle) * ceiling frequency / highest frequency, at most PL1 where obeyed
 *   meter   = base + package, at most the meter's cap
 *
 * Its digital thermometer reads celsius, of 100 where it would stop itself (package and only core alike); prochot is its bit for "hot enough to throttle".
 *
 * Misbehaviour is switched on by parameter: lock (BIOS lock bit, writes fail), swallow (writes say yes and are lost),
 * fail (reads fail), deaf (limits are stored and have no effect).
 */
#include <linux/cpufreq.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "bench_plant.h"

static ulong demand_uw = 90000000, idle_uw = 10000000, base_uw = 15000000;
static int celsius = 45;
static bool lock, swallow, fail, deaf, prochot;
static ulong package_uw, meter_uw, limit_writes;
static ulong lowest_pl1_uw = ULONG_MAX, highest_pl1_uw, lowest_pl2_uw = ULONG_MAX, highest_pl2_uw;
module_param(demand_uw, ulong, 0644);
module_param(idle_uw, ulong, 0644);
module_param(base_uw, ulong, 0644);
module_param(celsius, int, 0644);
module_param(prochot, bool, 0644);
module_param(lock, bool, 0644);
module_param(swallow, bool, 0644);
module_param(fail, bool, 0644);
module_param(deaf, bool, 0644);
/* What the bench looks at: the power drawn now, and every limit that anybody has written since it was last set. */
module_param(package_uw, ulong, 0444);
module_param(meter_uw, ulong, 0444);
module_param(limit_writes, ulong, 0644);
module_param(lowest_pl1_uw, ulong, 0644);
module_param(highest_pl1_uw, ulong, 0644);
module_param(lowest_pl2_uw, ulong, 0644);
module_param(highest_pl2_uw, ulong, 0644);

#define UNIT_UW 125000UL /* power unit 2^-3 W */
#define FIELD(value, shift) ((ulong)(((value) >> (shift)) & 0x7fff) * UNIT_UW)
#define ENABLED(value) (((value) >> 15) & 1)

static DEFINE_RAW_SPINLOCK(registers);
static u64 limits = 0x00428438001a83e8ull; /* PL1 125 W, PL2 135 W, both on */
static u64 core_limits, dram_limits;
static u64 package_uj = 1000000, dram_uj = 1000000, last_ns;
static u8 __iomem *acpi; /* the words of bench.asl */

static void advance(void)
{
	u64 now = ktime_get_ns(), us = div_u64(now - last_ns, 1000);

	package_uj += div_u64(us * (package_uw / 1000), 1000);
	dram_uj += us * 5;
	last_ns += us * 1000;
}

static void settle(void)
{
	ulong top = cpufreq_get_hw_max_freq(0), ceiling = cpufreq_quick_get_max(0);
	ulong swing = demand_uw > idle_uw ? demand_uw - idle_uw : 0, package, cap;
	unsigned long flags;

	if (!top || ceiling > top)
		ceiling = top = 1;
	package = idle_uw + div_u64((u64)swing * ceiling, top);
	cap = (ulong)readl(acpi + 0xc) * 1000;
	raw_spin_lock_irqsave(&registers, flags);
	advance();
	if (!deaf && ENABLED(limits) && package > FIELD(limits, 0))
		package = FIELD(limits, 0);
	if (!deaf && cap && base_uw + package > cap)
		package = cap > base_uw ? cap - base_uw : 0;
	package_uw = package;
	meter_uw = base_uw + package;
	raw_spin_unlock_irqrestore(&registers, flags);
	writel(meter_uw / 1000, acpi + 8);
}

static void tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(ticker, tick);
static void tick(struct work_struct *work)
{
	settle();
	schedule_delayed_work(&ticker, HZ / 10);
}

int bench_rdmsr(u32 msr, u64 *value)
{
	unsigned long flags;

	if (fail)
		return -EIO;
	raw_spin_lock_irqsave(&registers, flags);
	advance();
	switch (msr) {
	case 0x606: *value = 0xa0e03; break; /* 1/8 W, 2^-14 J, 2^-10 s */
	case 0x610: *value = limits | ((u64)lock << 63); break;
	case 0x614: *value = 125 * 8; break; /* thermal design power 125 W */
	case 0x611: *value = (u32)div_u64(package_uj << 14, 1000000); break;
	case 0x639: *value = (u32)div_u64((package_uj / 2) << 14, 1000000); break;
	case 0x619: *value = (u32)div_u64(dram_uj * 10, 153); break; /* 15.3 uJ each */
	case 0x1a2: *value = 100 << 16; break;
	case 0x19c:
	case 0x1b1: *value = 1u << 31 | (u32)(100 - celsius) << 16 | prochot << 5 | prochot; break;
	case 0x638: *value = core_limits; break;
	case 0x618: *value = dram_limits; break;
	default: *value = 0;
	}
	raw_spin_unlock_irqrestore(&registers, flags);
	return 0;
}
EXPORT_SYMBOL_GPL(bench_rdmsr);

int bench_wrmsr(u32 msr, u64 value)
{
	unsigned long flags;

	printk(KERN_INFO "plant: wrmsr %x <- %016llx%s\n", msr, value, lock ? " refused" : swallow ? " lost" : "");
	if (lock)
		return -EIO;
	raw_spin_lock_irqsave(&registers, flags);
	if (msr == 0x610) {
		limit_writes++;
		lowest_pl1_uw = min(lowest_pl1_uw, FIELD(value, 0));
		highest_pl1_uw = max(highest_pl1_uw, FIELD(value, 0));
		lowest_pl2_uw = min(lowest_pl2_uw, FIELD(value, 32));
		highest_pl2_uw = max(highest_pl2_uw, FIELD(value, 32));
	}
	if (!swallow && msr == 0x610)
		limits = value & ~(1ull << 63);
	else if (!swallow && msr == 0x638)
		core_limits = value;
	else if (!swallow && msr == 0x618)
		dram_limits = value;
	raw_spin_unlock_irqrestore(&registers, flags);
	return 0;
}
EXPORT_SYMBOL_GPL(bench_wrmsr);

static int __init plant_init(void)
{
	acpi = ioremap(0xff000000, 0x100);
	if (!acpi)
		return -ENOMEM;
	last_ns = ktime_get_ns();
	schedule_delayed_work(&ticker, 0);
	return 0;
}

static void __exit plant_exit(void)
{
	cancel_delayed_work_sync(&ticker);
	iounmap(acpi);
}

module_init(plant_init);
module_exit(plant_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("power plant and registers of the kernel bench");
