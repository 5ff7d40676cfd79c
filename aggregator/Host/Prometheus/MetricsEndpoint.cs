using System.Buffers;
using System.IO.Compression;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Prometheus;

/// <summary><c>GET /metrics</c>: the newest snapshot as text, in the format asked for, gzipped where accepted. Reads no hardware.</summary>
internal sealed class MetricsEndpoint(FleetStore fleet, ClustersStore clusters, SelfFacts self, CompatibilityOptions compatibility)
{
    public async Task ServeAsync(HttpContext context)
    {
        var format = ExpositionNegotiation.Choose(context.Request.Headers.Accept);
        var body = new ArrayBufferWriter<byte>(16 * 1024);
        FleetExposition.Write(new ExpositionWriter(body, format), fleet.Current, self.Read(), clusters.Current, compatibility);

        var response = context.Response;
        response.ContentType = format == ExpositionFormat.OpenMetrics ? ExpositionNegotiation.OpenMetricsType : ExpositionNegotiation.TextType;
        response.Headers.Vary = "Accept, Accept-Encoding";
        if (!AcceptsGzip(context.Request.Headers.AcceptEncoding))
        {
            response.ContentLength = body.WrittenCount;
            await response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
            return;
        }
        response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static bool AcceptsGzip(string? header)
    {
        foreach (var coding in (header ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = coding.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0].Equals("gzip", StringComparison.OrdinalIgnoreCase))
                return !Array.Exists(parts, part => part is "q=0" or "q=0.0" or "q=0.00" or "q=0.000");
        }
        return false;
    }
}
