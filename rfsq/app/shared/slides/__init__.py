"""What a page can give for slides: its pictures as one PNG, its stages as an animation, its charts as SVG."""
