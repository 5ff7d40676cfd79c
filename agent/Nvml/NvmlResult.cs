namespace Homelab.NodeAgent.Nvml;

/// <summary>What a call of the library came to. The numbers are <c>nvmlReturn_t</c>.</summary>
internal enum NvmlResult
{
    Success = 0,
    Uninitialized = 1,
    InvalidArgument = 2,

    /// <summary>This GPU or its mode does not offer it; normal for single features.</summary>
    NotSupported = 3,
    NoPermission = 4,
    NotFound = 6,
    InsufficientSize = 7,
    DriverNotLoaded = 9,
    Timeout = 10,

    /// <summary>Also ours: no library was found.</summary>
    LibraryNotFound = 12,

    /// <summary>Also ours: the library is older than the export.</summary>
    FunctionNotFound = 13,

    /// <summary>The GPU fell off the bus.</summary>
    GpuIsLost = 15,
    ResetRequired = 16,

    /// <summary>The kernel refused: a device cgroup, usually.</summary>
    OperatingSystem = 17,

    /// <summary>The kernel's driver and the library are of different versions, since an upgrade.</summary>
    LibRmVersionMismatch = 18,
    InUse = 19,
    NoData = 21,
    ArgumentVersionMismatch = 25,
    Deprecated = 26,
    NotReady = 27,
    GpuNotFound = 28,
    InvalidState = 29,
    Unknown = 999,
}

/// <summary>The header's own words, for messages that people search for, and what groups of codes mean.</summary>
internal static class NvmlResults
{
    public static string Name(this NvmlResult result) => result switch
    {
        NvmlResult.Success => "NVML_SUCCESS",
        NvmlResult.Uninitialized => "NVML_ERROR_UNINITIALIZED",
        NvmlResult.InvalidArgument => "NVML_ERROR_INVALID_ARGUMENT",
        NvmlResult.NotSupported => "NVML_ERROR_NOT_SUPPORTED",
        NvmlResult.NoPermission => "NVML_ERROR_NO_PERMISSION",
        NvmlResult.NotFound => "NVML_ERROR_NOT_FOUND",
        NvmlResult.InsufficientSize => "NVML_ERROR_INSUFFICIENT_SIZE",
        NvmlResult.DriverNotLoaded => "NVML_ERROR_DRIVER_NOT_LOADED",
        NvmlResult.Timeout => "NVML_ERROR_TIMEOUT",
        NvmlResult.LibraryNotFound => "NVML_ERROR_LIBRARY_NOT_FOUND",
        NvmlResult.FunctionNotFound => "NVML_ERROR_FUNCTION_NOT_FOUND",
        NvmlResult.GpuIsLost => "NVML_ERROR_GPU_IS_LOST",
        NvmlResult.ResetRequired => "NVML_ERROR_RESET_REQUIRED",
        NvmlResult.OperatingSystem => "NVML_ERROR_OPERATING_SYSTEM",
        NvmlResult.LibRmVersionMismatch => "NVML_ERROR_LIB_RM_VERSION_MISMATCH",
        NvmlResult.InUse => "NVML_ERROR_IN_USE",
        NvmlResult.NoData => "NVML_ERROR_NO_DATA",
        NvmlResult.ArgumentVersionMismatch => "NVML_ERROR_ARGUMENT_VERSION_MISMATCH",
        NvmlResult.Deprecated => "NVML_ERROR_DEPRECATED",
        NvmlResult.NotReady => "NVML_ERROR_NOT_READY",
        NvmlResult.GpuNotFound => "NVML_ERROR_GPU_NOT_FOUND",
        NvmlResult.InvalidState => "NVML_ERROR_INVALID_STATE",
        NvmlResult.Unknown => "NVML_ERROR_UNKNOWN",
        _ => "NVML error " + ((int)result).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>This feature will not answer on this GPU with this driver: not worth asking again each second.</summary>
    public static bool IsMissingFeature(this NvmlResult result) =>
        result is NvmlResult.NotSupported or NvmlResult.FunctionNotFound or NvmlResult.ArgumentVersionMismatch or NvmlResult.Deprecated;

    /// <summary>A privilege or a device file mends it.</summary>
    public static bool IsRefusal(this NvmlResult result) => result is NvmlResult.NoPermission or NvmlResult.OperatingSystem;

    /// <summary>The handle is of no use any more; no other call on it will do better.</summary>
    public static bool IsDeviceGone(this NvmlResult result) =>
        result is NvmlResult.GpuIsLost or NvmlResult.ResetRequired or NvmlResult.Uninitialized or NvmlResult.GpuNotFound
            or NvmlResult.DriverNotLoaded or NvmlResult.LibRmVersionMismatch;
}
