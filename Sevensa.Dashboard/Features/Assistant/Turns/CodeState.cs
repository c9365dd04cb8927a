namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>Whether a place in Markdown lies within code, which is shown as it stands: a fence, or ticks on one line.</summary>
internal struct CodeState
{
    private bool fenced;
    private bool inline;
    private bool hasText;
    private bool beginsLine;
    private int ticks;

    /// <summary>Of the place after all that was taken.</summary>
    public readonly bool IsCode
    {
        get
        {
            var here = this;
            here.EndTicks();
            return here.fenced || here.inline;
        }
    }

    public void Take(ReadOnlySpan<char> text)
    {
        foreach (var one in text)
        {
            if (one == '`')
            {
                beginsLine = ticks == 0 ? !hasText : beginsLine;
                ticks++;
                continue;
            }
            EndTicks();
            if (one == '\n')
            {
                (inline, hasText) = (false, false);
            }
            else
            {
                hasText |= !char.IsWhiteSpace(one);
            }
        }
    }

    /// <summary>The state after more text, this one kept.</summary>
    public readonly CodeState After(ReadOnlySpan<char> text)
    {
        var next = this;
        next.Take(text);
        return next;
    }

    private void EndTicks()
    {
        if (ticks >= 3 && beginsLine)
        {
            fenced = !fenced;
        }
        else if (ticks is 1 or 2 && !fenced)
        {
            inline = !inline;
        }
        hasText |= ticks > 0;
        ticks = 0;
    }
}
