namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Whether a program has grown by enough since it last gave memory back for doing so again. Giving back costs processor time, and
/// what is really used comes back at once, so an idle program that did it again and again would be busy with that alone.
/// </summary>
/// <param name="worth">Bytes that are worth it.</param>
/// <param name="atFirst">So often it is done in any case; more than once, since pages are given back that were there the time before.</param>
internal sealed class Growth(long worth, int atFirst)
{
    private int times;
    private long? level;

    /// <param name="bytes">What the program holds now.</param>
    public bool IsWorth(long bytes)
    {
        level = Math.Min(level ?? bytes, bytes);
        return times < atFirst || bytes > level + worth;
    }

    /// <summary>It was done: what is held a while later is the level from which growth counts.</summary>
    public void GivenBack()
    {
        times++;
        level = null;
    }
}
