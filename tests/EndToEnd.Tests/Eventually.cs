namespace Homelab.EndToEnd.Tests;

/// <summary>Asks again until the answer is right or the patience is out; then the last answer is in the failure.</summary>
internal static class Eventually
{
    public static async Task<T> GetAsync<T>(string what, Func<Task<T>> ask, Func<T, bool> isRight, int seconds = 20)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        object? last = null;
        while (TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(seconds))
        {
            try
            {
                var answer = await ask();
                if (isRight(answer))
                    return answer;
                last = answer;
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or IOException or System.Text.Json.JsonException)
            {
                last = failure.Message;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        throw new TimeoutException($"{what}: not within {seconds} s; the last answer was {last}");
    }
}
