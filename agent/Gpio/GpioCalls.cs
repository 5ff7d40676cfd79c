using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Gpio;

/// <summary>The running kernel's GPIO character device.</summary>
internal sealed class GpioCalls : IGpioCalls
{
    public static readonly GpioCalls Kernel = new();

    private const int Interrupted = 4;

    public unsafe int Open(ReadOnlySpan<byte> path)
    {
        fixed (byte* name = path)
        {
            int descriptor;
            while ((descriptor = GpioInterop.Open(name, GpioInterop.ReadAndWrite | GpioInterop.CloseOnExec)) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Interrupted)
                    return -errno;
            }
            return descriptor;
        }
    }

    public int Control(int descriptor, uint request, nint argument)
    {
        var result = GpioInterop.Control(descriptor, request, argument);
        return result < 0 ? -Marshal.GetLastPInvokeError() : result;
    }

    public unsafe int Read(int descriptor, Span<byte> into)
    {
        var poll = new PollEntry { Descriptor = descriptor, Events = GpioInterop.Readable };
        var ready = GpioInterop.Poll(&poll, 1, 0);
        if (ready < 0)
            return Marshal.GetLastPInvokeError() is var errno && errno == Interrupted ? 0 : -errno;
        const int noDevice = 19;
        if (ready == 0 || (poll.Answered & GpioInterop.Readable) == 0)
            return ready == 0 ? 0 : -noDevice;
        fixed (byte* start = into)
        {
            var count = GpioInterop.Read(descriptor, start, (nuint)into.Length);
            return count < 0 ? -Marshal.GetLastPInvokeError() : (int)count;
        }
    }

    public void Close(int descriptor) => _ = GpioInterop.Close(descriptor);
}
