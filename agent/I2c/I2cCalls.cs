using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.I2c;

/// <summary>The running kernel's <c>i2c-dev</c>.</summary>
internal sealed class I2cCalls : II2cCalls
{
    public static readonly I2cCalls Kernel = new();

    private const int Interrupted = 4;

    public unsafe int Open(ReadOnlySpan<byte> path)
    {
        fixed (byte* name = path)
        {
            int descriptor;
            while ((descriptor = I2cInterop.Open(name, I2cInterop.ReadAndWrite | I2cInterop.CloseOnExec)) < 0)
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
        var result = I2cInterop.Control(descriptor, request, argument);
        return result < 0 ? -Marshal.GetLastPInvokeError() : result;
    }

    public void Close(int descriptor) => _ = I2cInterop.Close(descriptor);
}
