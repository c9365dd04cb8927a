namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Whether a program has grown by enough since it last gave memory back for doing so again. Giving back costs processor time, and
/// what is really used comes back at once, so an idle program that did it again and again would be busy with that alone.
/// </summary>
/// <param name="worth">Bytes that are worth it. What comes back again and again is given back more and more seldom, unless it is several times that.</param>
/// <param name="atFirst">So often it is done in any case; more than once, since pages are given back that were there the time before.</param>
internal sealed class Growth(long worth, int atFirst)
{
    private const int Much = 4;
    private const int LongestPause = 64;

    private int times;
    private int pause = 1;
    private int looks;
    private long? level;

    /// <param name="bytes">What the program holds now.</param>
    public bool IsWorth(long bytes)
    {
        level = Math.Min(level ?? bytes, bytes);
        looks++;
        return times < atFirst || bytes > level + worth * (looks >= pause ? 1 : Much);
    }

    /// <summary>It was done: what is held a while later is the level from which growth counts.</summary>
    public void GivenBack()
    {
        times++;
        looks = 0;
        pause = times <= atFirst ? 1 : Math.Min(pause * 2, LongestPause);
        level = null;
    }
}
