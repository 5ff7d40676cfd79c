// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Two I2C adapters for the bench that carry plain messages and nothing else, as those of the boards do and i2c-stub does not.
 * The same chips sit on both: up to CHIPS addresses of 256 registers, each as wide as what is read of it, first byte first.
 *
 * A first byte written is the register's number, the rest go into it; a read gives the register of the last number.
 * Parameters: register = "ADDRESS NUMBER HEX" sets a register, and with it the chip is there; stuck = the adapter that hangs (-1 none), for stuck_ms a transfer;
 * lone = transfers in which a read had no register's number before it, so that another master could come between.
 */
#include <linux/delay.h>
#include <linux/hex.h>
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/mutex.h>

#define CHIPS 8
#define ADAPTERS 2
#define WIDEST 8

struct chip {
	u16 address;
	u8 number;
	u8 registers[256][WIDEST];
};

static struct chip chips[CHIPS];
static struct i2c_adapter adapters[ADAPTERS];
static DEFINE_MUTEX(gate);
static int stuck = -1;
static uint stuck_ms;
static ulong transfers, lone;
module_param(stuck, int, 0644);
module_param(stuck_ms, uint, 0644);
module_param(transfers, ulong, 0444);
module_param(lone, ulong, 0644);

static struct chip *chip_at(u16 address)
{
	int i;

	for (i = 0; i < CHIPS; i++)
		if (chips[i].address == address)
			return &chips[i];
	return NULL;
}

static int set_register(const char *text, const struct kernel_param *parameter)
{
	unsigned int address, number;
	char word[2 * WIDEST + 1];
	struct chip *chip;
	int result = -EINVAL;
	size_t length;

	if (sscanf(text, "%x %x %16s", &address, &number, word) != 3 || address == 0 || address > 0x7f || number > 255)
		return -EINVAL;
	length = strlen(word) / 2;
	mutex_lock(&gate);
	chip = chip_at(address);
	if (!chip)
		chip = chip_at(0);
	if (chip) {
		chip->address = address;
		result = hex2bin(chip->registers[number], word, length);
	}
	mutex_unlock(&gate);
	return result;
}

static const struct kernel_param_ops register_ops = { .set = set_register };
module_param_cb(register, &register_ops, NULL, 0200);

static int transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	bool is_led = false;
	int i, result = count;

	if (stuck >= 0 && adapter == &adapters[stuck % ADAPTERS])
		msleep(stuck_ms);
	mutex_lock(&gate);
	transfers++;
	for (i = 0; i < count; i++) {
		struct i2c_msg *message = &messages[i];
		struct chip *chip = chip_at(message->addr);

		if (!chip) {
			result = -ENXIO;
			break;
		}
		if (message->flags & I2C_M_RD) {
			if (!is_led)
				lone++;
			memset(message->buf, 0xff, message->len);
			memcpy(message->buf, chip->registers[chip->number], min_t(u16, message->len, WIDEST));
		} else if (message->len > 0) {
			chip->number = message->buf[0];
			is_led = true;
			memcpy(chip->registers[chip->number], message->buf + 1, min_t(u16, message->len - 1, WIDEST));
		}
	}
	mutex_unlock(&gate);
	return result;
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C;
}

static const struct i2c_algorithm algorithm = { .master_xfer = transfer, .functionality = functionality };

static void __exit bench_i2c_exit(void)
{
	int i;

	for (i = 0; i < ADAPTERS; i++)
		if (adapters[i].algo)
			i2c_del_adapter(&adapters[i]);
}

static int __init bench_i2c_init(void)
{
	int i, result;

	for (i = 0; i < ADAPTERS; i++) {
		adapters[i].owner = THIS_MODULE;
		adapters[i].algo = &algorithm;
		snprintf(adapters[i].name, sizeof(adapters[i].name), "bench messages %d", i);
		result = i2c_add_adapter(&adapters[i]);
		if (result) {
			adapters[i].algo = NULL;
			while (--i >= 0)
				i2c_del_adapter(&adapters[i]);
			return result;
		}
	}
	return 0;
}

module_init(bench_i2c_init);
module_exit(bench_i2c_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("adapters of the kernel bench that carry plain messages");
