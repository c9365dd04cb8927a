using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// The order of a list that the database keeps, and its pages: the database looks for the rows behind the keys of the last one,
/// so that a page costs what it holds, and what comes or goes meanwhile makes the next one lose and repeat nothing.
/// </summary>
/// <param name="list">A word for the list; see <see cref="Cursor"/>.</param>
internal sealed class RowOrder<T>(string list)
    where T : class
{
    private static readonly MethodInfo CompareTexts = ((Func<string?, string?, int>)string.Compare).Method;
    private static readonly MethodInfo Collate = (
        (Func<DbFunctions, string, string, string>)RelationalDbFunctionsExtensions.Collate
    ).Method;

    private readonly List<Key> keys = [];

    /// <summary>Then by a text, in the database's order.</summary>
    public RowOrder<T> By(Expression<Func<T, string>> key) => With(key, (cursor, at) => cursor.Text(at));

    /// <summary>Then by a name as people look for it: whatever its case, where the database can.</summary>
    public RowOrder<T> ByName(Expression<Func<T, string>> key) =>
        With(key, (cursor, at) => cursor.Text(at), isName: true);

    /// <summary>Then by a whole number, the least first.</summary>
    public RowOrder<T> By(Expression<Func<T, long>> key) => With(key, (cursor, at) => cursor.Number(at));

    /// <summary>Then by a number that grows, the newest first.</summary>
    public RowOrder<T> ByNewest(Expression<Func<T, int>> key) =>
        With(key, (cursor, at) => (int)Math.Clamp(cursor.Number(at), int.MinValue, int.MaxValue), newest: true);

    /// <inheritdoc cref="ByNewest(Expression{Func{T, int}})"/>
    public RowOrder<T> ByNewest(Expression<Func<T, long>> key) =>
        With(key, (cursor, at) => cursor.Number(at), newest: true);

    /// <summary>Then by a time, the newest first.</summary>
    public RowOrder<T> ByNewest(Expression<Func<T, DateTimeOffset>> key) =>
        With(key, (cursor, at) => cursor.Time(at), newest: true);

    /// <summary>Looks at what was asked before anything is looked for.</summary>
    /// <exception cref="BadHttpRequestException">400: the cursor is none of this list, or the limit is out of bounds.</exception>
    public void Check(PageAsked asked) => asked.Read(list, keys.Count);

    /// <param name="rows">All that the list holds, in no order.</param>
    /// <param name="read">What is read of a row, where it is not all; its keys must be.</param>
    /// <param name="usual">What a page has when nothing is asked for.</param>
    /// <exception cref="BadHttpRequestException">400: the cursor is none of this list, or the limit is out of bounds.</exception>
    public async Task<Page<T>> PageAsync(
        Store store,
        IQueryable<T> rows,
        PageAsked asked,
        CancellationToken cancellation,
        Expression<Func<T, T>>? read = null,
        int usual = PageSize.Most
    )
    {
        var (most, cursor) = asked.Read(list, keys.Count, usual);
        var ignoresCase = store.Database.IsSqlite();
        if (cursor is not null)
        {
            rows = rows.Where(Behind(cursor, ignoresCase));
        }
        var ordered = Order(rows, ignoresCase).Take(most + 1);
        var found = await (read is null ? ordered : ordered.Select(read)).ToListAsync(cancellation);
        return new Page<T>(
            [.. found.Take(most)],
            found.Count > most ? Cursor.After(list, [.. keys.Select(key => key.Value(found[most - 1]))]) : null
        );
    }

    private RowOrder<T> With<TKey>(
        Expression<Func<T, TKey>> key,
        Func<Cursor, int, TKey> read,
        bool newest = false,
        bool isName = false
    )
    {
        var value = key.Compile();
        keys.Add(new Key(key, row => value(row)!, (cursor, at) => Held(read(cursor, at)), newest, isName));
        return this;
    }

    // A parameter of the statement, as a captured variable is; a constant would make another statement of each page.
    private static Expression Held<TKey>(TKey value) =>
        Expression.Field(Expression.Constant(new Holder<TKey> { Value = value }), nameof(Holder<>.Value));

    private Expression<Func<T, bool>> Behind(Cursor cursor, bool ignoresCase)
    {
        var row = Expression.Parameter(typeof(T), "row");
        Expression? behind = null;
        // From the last key to the first: greater, or as great and then behind by the rest.
        foreach (var (at, key) in keys.Index().Reverse())
        {
            var own = key.In(row, ignoresCase);
            var last = key.Last(cursor, at);
            var greater = Greater(own, last, key.Newest);
            behind = behind is null
                ? greater
                : Expression.OrElse(greater, Expression.AndAlso(Expression.Equal(own, last), behind));
        }
        return Expression.Lambda<Func<T, bool>>(behind!, row);
    }

    private static BinaryExpression Greater(Expression own, Expression last, bool newest)
    {
        if (own.Type == typeof(string))
        {
            (own, last) = (Expression.Call(CompareTexts, own, last), Expression.Constant(0));
        }
        return newest ? Expression.LessThan(own, last) : Expression.GreaterThan(own, last);
    }

    private IQueryable<T> Order(IQueryable<T> rows, bool ignoresCase)
    {
        var row = Expression.Parameter(typeof(T), "row");
        var ordered = rows.Expression;
        foreach (var (at, key) in keys.Index())
        {
            var own = key.In(row, ignoresCase);
            ordered = Expression.Call(
                typeof(Queryable),
                $"{(at == 0 ? "OrderBy" : "ThenBy")}{(key.Newest ? "Descending" : "")}",
                [typeof(T), own.Type],
                ordered,
                Expression.Quote(Expression.Lambda(own, row))
            );
        }
        return rows.Provider.CreateQuery<T>(ordered);
    }

    private sealed class Holder<TKey>
    {
        public required TKey Value;
    }

    private sealed record Key(
        LambdaExpression Of,
        Func<T, object> Value,
        Func<Cursor, int, Expression> Last,
        bool Newest,
        bool IsName
    )
    {
        public Expression In(ParameterExpression row, bool ignoresCase)
        {
            var own = Microsoft.EntityFrameworkCore.Query.ReplacingExpressionVisitor.Replace(
                Of.Parameters[0],
                row,
                Of.Body
            );
            return IsName && ignoresCase
                ? Expression.Call(
                    Collate,
                    Expression.Property(null, typeof(EF), nameof(EF.Functions)),
                    own,
                    Expression.Constant("NOCASE")
                )
                : own;
        }
    }
}
