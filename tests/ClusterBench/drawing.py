"""One plain line chart as SVG: watts over seconds, a budget, and moments that matter."""
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 360, 56, 56, 44
COLOURS = ("#9db4d0", "#1b4f8f", "#6a8f3c")


def write(path, title, budget, begin, end, series, marks):
    """series: name to (seconds, watts); marks: (seconds, text)."""
    top = max([budget, *(watts for points in series.values() for _, watts in points)]) * 1.15
    x = lambda at: LEFT + (at - begin) / (end - begin) * (WIDTH - LEFT - 16)
    y = lambda watts: HEIGHT - BOTTOM - watts / top * (HEIGHT - TOP - BOTTOM)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{LEFT}" y="20" font-size="14">{title}</text>']
    for watts in range(0, int(top), 20):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(watts):.1f}" y2="{y(watts):.1f}" stroke="#eee"/><text x="{LEFT - 8}" y="{y(watts) + 4:.1f}" text-anchor="end">{watts} W</text>')
    for second in range(0, int(end - begin) + 1, 20):
        out.append(f'<text x="{x(begin + second):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{second} s</text>')
    for i, (name, points) in enumerate(series.items()):
        line = " ".join(f"{x(at):.1f},{y(watts):.1f}" for at, watts in points[::max(1, len(points) // 1500)])
        out.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[i]}" stroke-width="1.4"/>'
                   f'<text x="{LEFT + 260 * i}" y="{HEIGHT - 10}" fill="{COLOURS[i]}">{name}</text>')
    out.append(f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(budget):.1f}" y2="{y(budget):.1f}" stroke="#b3261e" stroke-dasharray="6 4"/>'
               f'<text x="{WIDTH - 16}" y="{y(budget) - 5:.1f}" text-anchor="end" fill="#b3261e">budget {budget} W</text>')
    for i, (at, what) in enumerate(marks):
        out.append(f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{TOP - 8}" y2="{HEIGHT - BOTTOM}" stroke="#888" stroke-dasharray="2 3"/>'
                   f'<text x="{x(at) + 3:.1f}" y="{TOP - 10 + 13 * (i % 3)}" fill="#555">{what}</text>')
    with open(path, "w") as file:
        file.write("\n".join([*out, "</svg>"]))
