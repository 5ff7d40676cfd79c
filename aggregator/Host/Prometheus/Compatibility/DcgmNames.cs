using System.Globalization;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Prometheus.Compatibility;

/// <summary><c>DCGM_FI_DEV_*</c> as NVIDIA's dcgm-exporter names and labels it, of its fields those that we read.</summary>
/// <remarks>Watts, °C, %, MHz, MiB, mJ and ns, as DCGM has them. <c>gpu</c> is NVML's index, which follows the PCI address. Free memory is total less used:
/// what the driver keeps for itself, which DCGM takes off, is in it. The SM clock is the graphics clock, which NVIDIA's GPUs share.</remarks>
internal static class DcgmNames
{
    private const double Mebibyte = 1 << 20;

    public static void Write(BorrowedFamilies families, NodeSnapshot node, string hostnameLabel)
    {
        var cards = node.Identity!.Sensors.Where(sensor => sensor.Source == "nvidia").Select(sensor => sensor.Device).Distinct().Order(StringComparer.Ordinal).ToArray();
        for (var index = 0; index < cards.Length; index++)
        {
            var card = new Card(families, node, cards[index], index, hostnameLabel);
            WriteGauges(card);
            card.Counter("TOTAL_ENERGY_CONSUMPTION", "Total energy consumption since boot (in mJ).", card["energy"] * 1e3);
            card.Counter("POWER_VIOLATION", "Throttling duration due to power constraints (in ns).", card["throttled_power_seconds"] * 1e9);
            card.Counter("THERMAL_VIOLATION", "Throttling duration due to thermal constraints (in ns).", card["throttled_thermal_seconds"] * 1e9);
            card.Counter("PCIE_REPLAY_COUNTER", "Total number of PCIe retries.", card["pcie_replays"]);
        }
    }

    private static void WriteGauges(Card card)
    {
        card.Gauge("SM_CLOCK", "SM clock frequency (in MHz).", card["graphics_clock"] / 1e6);
        card.Gauge("MEM_CLOCK", "Memory clock frequency (in MHz).", card["memory_clock"] / 1e6);
        card.Gauge("MEMORY_TEMP", "Memory temperature (in C).", card["memory_temp"]);
        card.Gauge("GPU_TEMP", "GPU temperature (in C).", card["temp"]);
        card.Gauge("POWER_USAGE", "Power draw (in W).", card["power"]);
        card.Gauge("GPU_UTIL", "GPU utilization (in %).", card["utilization"] * 100);
        card.Gauge("MEM_COPY_UTIL", "Memory utilization (in %).", card["memory_utilization"] * 100);
        card.Gauge("ENC_UTIL", "Encoder utilization (in %).", card["encoder_utilization"] * 100);
        card.Gauge("DEC_UTIL", "Decoder utilization (in %).", card["decoder_utilization"] * 100);
        card.Gauge("FB_USED", "Framebuffer memory used (in MiB).", card["memory_used"] / Mebibyte);
        card.Gauge("FB_FREE", "Framebuffer memory free (in MiB).", (card["memory_total"] - card["memory_used"]) / Mebibyte);
        // The number of the last error; 0 only while none was seen.
        card.Gauge("XID_ERRORS", "Value of the last XID error encountered.", card["xid_errors"] == 0 ? 0 : card["last_xid"]);
    }

    /// <summary>One GPU: its readings by channel, and its labels.</summary>
    private sealed class Card(BorrowedFamilies families, NodeSnapshot node, string device, int index, string hostnameLabel)
    {
        private readonly FleetSensor _facts = node.Identity!.Sensors.First(sensor => sensor.Device == device);

        /// <summary>In the channel's base unit; null when the GPU does not say it.</summary>
        public double? this[string channel]
        {
            get
            {
                for (var i = 0; i < node.Readings.Length; i++)
                {
                    if (node.Identity!.Sensors[i] is { Source: "nvidia" } sensor && sensor.Device == device && sensor.Name == channel)
                        return node.Readings[i].Usable / 1e6;
                }
                return null;
            }
        }

        public void Gauge(string field, string help, double? value) => Add(field, MetricType.Gauge, help, value);

        public void Counter(string field, string help, double? value) => Add(field, MetricType.Counter, help, value);

        private void Add(string field, MetricType type, string help, double? value)
        {
            if (value is not { } known)
                return;
            var number = index.ToString(CultureInfo.InvariantCulture);
            families.Add("DCGM_FI_DEV_" + field, type, help, ["gpu", "UUID", "pci_bus_id", "device", "modelName", hostnameLabel, "node"], known,
                number, _facts.Uuid, BusId(device), "nvidia" + number, _facts.Product, node.Name.Value, node.Name.Value);
        }

        /// <summary>As NVML writes it: eight digits of domain, capitals.</summary>
        private static string BusId(string device)
        {
            var address = device[(device.IndexOf('@', StringComparison.Ordinal) + 1)..].ToUpperInvariant();
            return address.IndexOf(':', StringComparison.Ordinal) is > 0 and < 8 and var digits ? new string('0', 8 - digits) + address : address;
        }
    }
}
