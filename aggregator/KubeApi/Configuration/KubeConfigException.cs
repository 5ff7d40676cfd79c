namespace Homelab.Aggregator.KubeApi;

/// <summary>A mistake in a kubeconfig or in what a pod was given: file, key and what to do. Never leaves this folder.</summary>
internal sealed class KubeConfigException(string file, string key, string problem, string fix)
    : Exception(key.Length == 0 ? $"{file}: {problem}; {fix}" : $"{file}: {key}: {problem}; {fix}");
