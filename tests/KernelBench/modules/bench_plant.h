/* SPDX-License-Identifier: GPL-2.0 OR MIT
 * The registers of the bench's only package. Both answer 0 or -EIO. */
int bench_rdmsr(u32 msr, u64 *value);
int bench_wrmsr(u32 msr, u64 value);
