namespace Homelab.Aggregator.KubeApi;

/// <summary>How a request ended, coarse enough to act on without reading status codes.</summary>
internal enum KubeOutcome
{
    Ok,

    /// <summary>404: no such object, or no such resource.</summary>
    NotFound,

    /// <summary>409: a stale resourceVersion, a name that exists, or fields that another manager owns.</summary>
    Conflict,

    /// <summary>410: the resourceVersion or the continue token is too old; list again.</summary>
    Gone,

    /// <summary>401: the credential is missing, wrong or expired; also said when no credential could be obtained.</summary>
    Unauthenticated,

    /// <summary>403: RBAC or an admission policy refuses.</summary>
    Forbidden,

    /// <summary>400, 413, 415, 422: the request itself is wrong, or a JSON-Patch test operation failed.</summary>
    Invalid,

    /// <summary>429, or 503 with Retry-After: the server asks for patience, and outlasted ours.</summary>
    Busy,

    /// <summary>Any other status of 500 and above.</summary>
    ServerError,

    /// <summary>No connection, no TLS, or the connection broke off. A write may still have been carried out.</summary>
    Unreachable,

    /// <summary>No answer in time. A write may still have been carried out.</summary>
    TimedOut,

    /// <summary>An answer that is no JSON, is larger than allowed, or has the wrong shape.</summary>
    Garbage,

    /// <summary>A status of 300 or 400 that has no meaning of its own here.</summary>
    Unexpected,
}
